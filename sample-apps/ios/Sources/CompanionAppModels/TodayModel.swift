import Observation

/// Screen 3: who waits, then what needs a look.
@MainActor @Observable
public final class TodayModel {
    /// A row.
    public struct Row: Identifiable, Hashable, Sendable {
        /// The conversation that it opens, or the text of a row that opens none.
        public let id: String
        /// Its picture.
        public let symbol: String
        /// The chat that it opens, if it opens one.
        public let chat: Conversation?
        /// What it says first.
        public let title: String
        /// What it says below.
        public let detail: String?
    }

    @ObservationIgnored private let inbox: InboxModel
    @ObservationIgnored private let state: LockModel
    @ObservationIgnored private let wording: Wording

    /// - Parameters:
    ///   - client: Whose day.
    ///   - wording: The words.
    public init(client: any CompanionClientProtocol, wording: Wording) {
        inbox = InboxModel(client: client)
        state = LockModel(client: client)
        self.wording = wording
    }

    /// How many customers wait, if any does.
    public var headline: String? {
        waiting.isEmpty ? nil : wording.texts(.waitingPeople, "\(waiting.count)")
    }

    /// The customers who wait.
    public var people: Shown<Row> {
        let rows = waiting.map { chat in
            Row(
                id: chat.key, symbol: "briefcase", chat: chat, title: chat.title ?? wording.texts(.customer),
                detail: chat.preview)
        }
        return Shown(of: inbox, rows: rows, empty: wording.texts(.nobodyWaits), wording: wording)
    }

    /// What waits beside customers: counts that are not zero.
    public var others: [Row] {
        guard let state = state.state else { return [] }
        let counts: [(UInt64, String, TextKey)] = [
            (state.waitingMessages, "clock", .outbox), (state.undecided, "questionmark", .undecided),
            (state.parked, "icloud.slash", .recordingDelayed),
        ]
        return counts.filter { $0.0 > 0 }.map { count, symbol, word in
            Row(id: word.rawValue, symbol: symbol, chat: nil, title: "\(wording.texts(word)) \(count)", detail: nil)
        }
    }

    /// Reads the next page.
    public func loadMore() async {
        await inbox.loadMore()
    }

    /// Reads once.
    public func reload() async {
        await inbox.reload()
        state.reload()
    }

    /// Reads, and again whenever something changed.
    public func follow() async {
        async let conversations: Void = inbox.follow()
        async let counts: Void = state.follow()
        _ = await (conversations, counts)
    }

    private var waiting: [Conversation] { inbox.items.filter { $0.unread > 0 } }
}
