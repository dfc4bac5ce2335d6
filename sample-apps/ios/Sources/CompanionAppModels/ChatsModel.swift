import Observation

/// The three spaces of chats.
public enum Segment: CaseIterable, Hashable, Sendable {
    /// The company records them.
    case work
    /// They wait for a decision.
    case undecided
    /// The company never gets them.
    case personal

    /// Its name.
    public var word: TextKey {
        switch self {
        case .work: .work
        case .undecided: .undecided
        case .personal: .personal
        }
    }

    /// Its cue, which stands beside the word so that no colour is needed.
    public var symbol: String {
        switch self {
        case .work: "briefcase"
        case .undecided: "questionmark"
        case .personal: "house"
        }
    }
}

/// Screen 4: the chats of one space at a time.
@MainActor @Observable
public final class ChatsModel {
    /// A work chat.
    public struct WorkRow: Identifiable, Hashable, Sendable {
        /// What it opens.
        public let chat: Conversation
        /// Its conversation, `c1…`.
        public var id: RecordKey { chat.key }
        /// The customer.
        public let title: String
        /// The beginning of the last message.
        public let preview: String
        /// Unread messages, at most `99+`; nothing where there are none.
        public let badge: String?
        /// How far the own last message came, while it is not delivered.
        public let mark: Mark?
        /// What a screen reader says.
        public let spoken: String
    }

    /// A chat that nobody decided on. Of what it says, nothing is shown.
    public struct UndecidedRow: Identifiable, Hashable, Sendable {
        /// The chat in the channel's own words.
        public let id: ConversationRef
        /// Who it is with.
        public let title: String
        /// How many items wait.
        public let items: UInt64
    }

    /// The space in front.
    public var segment = Segment.work
    /// The answer to the last act.
    public private(set) var notice: String?

    @ObservationIgnored private let client: any CompanionClientProtocol
    @ObservationIgnored private let inbox: InboxModel
    @ObservationIgnored private let queue: QueueModel
    @ObservationIgnored private let waiting: ListModel<UndecidedConversation, Int64>
    @ObservationIgnored private let wording: Wording

    /// - Parameters:
    ///   - client: Whose chats.
    ///   - wording: The words.
    public init(client: any CompanionClientProtocol, wording: Wording) {
        self.client = client
        self.wording = wording
        inbox = InboxModel(client: client)
        queue = QueueModel(client: client)
        waiting = ListModel(client: client) { after in
            let page = try await client.undecided(page: Page(after: after))
            return (page.items, page.next)
        }
    }

    /// The work chats.
    public var work: Shown<WorkRow> {
        Shown(of: inbox, rows: inbox.items.map(row), empty: wording.texts(.noWorkChats), wording: wording)
    }

    /// The chats without a decision.
    public var undecided: Shown<UndecidedRow> {
        let rows = waiting.items.map { chat in
            UndecidedRow(
                id: chat.conversation, title: chat.name ?? chat.conversation.conversation, items: chat.items)
        }
        return Shown(of: waiting, rows: rows, empty: wording.texts(.nothingUndecided), wording: wording)
    }

    /// What stands where personal chats would: the app has none of them.
    public var personal: String { wording.texts(.personalNever) }

    /// Accepts an account of the company's.
    public func accept(channel: ChannelId, account: AccountId) async {
        do {
            try await client.registerAccount(request: AccountRequest(channel: channel, account: account))
            notice = wording.texts(.accountAdded)
        } catch {
            notice = wording.said(error)
        }
    }

    /// Reads the next page of the space in front.
    public func loadMore() async {
        switch segment {
        case .work: await inbox.loadMore()
        case .undecided: await waiting.loadMore()
        case .personal: break
        }
    }

    /// Reads once.
    public func reload() async {
        await inbox.reload()
        await queue.reload()
        await waiting.reload()
    }

    /// Reads, and again whenever something changed.
    public func follow() async {
        async let work: Void = inbox.follow()
        async let messages: Void = queue.follow()
        async let undecided: Void = waiting.follow()
        _ = await (work, messages, undecided)
    }

    private func row(_ chat: Conversation) -> WorkRow {
        let title = chat.title ?? wording.texts(.customer)
        let badge = chat.unread > 99 ? "99+" : chat.unread > 0 ? "\(chat.unread)" : nil
        let entry = queue.items.last { $0.conversation == chat.key }
        let mark = entry.map { wording.mark($0.state, because: nil) }
        let spoken = [wording.texts(.work), title, chat.preview, mark?.word, badge.map { wording.texts(.unread, $0) }]
            .compactMap(\.self)
        return WorkRow(
            chat: chat, title: title, preview: chat.preview ?? "", badge: badge, mark: mark,
            spoken: wording.sentence(spoken))
    }
}
