import Observation

/// Screen 10: what the company sees by rule, and what really left the phone.
@MainActor @Observable
public final class CompanySeesModel {
    /// Something that left the phone.
    public struct Row: Identifiable, Hashable, Sendable {
        /// The record's key.
        public let id: RecordKey
        /// When.
        public let time: String
        /// What.
        public let what: String
    }

    @ObservationIgnored private let ledger: ListModel<LedgerEntry, Int64>
    @ObservationIgnored private let state: LockModel
    @ObservationIgnored private let wording: Wording

    /// - Parameters:
    ///   - client: Whose company.
    ///   - wording: The words.
    public init(client: any CompanionClientProtocol, wording: Wording) {
        self.wording = wording
        state = LockModel(client: client)
        ledger = ListModel(client: client) { after in
            let page = try await client.ledger(page: Page(after: after))
            return (page.items, page.next)
        }
    }

    /// What is seen, what is not, and where the rest is told: titles and their texts.
    public var rules: [(title: TextKey, text: TextKey)] { [(.seen, .seenWhat), (.notSeen, .notSeenWhat)] }

    /// How much was sent, and how much is on its way.
    public var headline: String {
        guard let state = state.state else { return wording.texts(.sentRecords) }
        let sent = "\(wording.texts(.sentRecords)): \(state.recorded)"
        return state.undelivered > 0 ? "\(sent) · \(wording.texts(.onTheWay, "\(state.undelivered)"))" : sent
    }

    /// What left the phone, newest first.
    public var sent: Shown<Row> {
        let rows = ledger.items.map { entry in
            Row(id: entry.record, time: wording.time(entry.at), what: wording.texts(.toCrm, wording.record(entry.what)))
        }
        return Shown(of: ledger, rows: rows, empty: wording.texts(.nothingSent), wording: wording)
    }

    /// Reads the next page.
    public func loadMore() async {
        await ledger.loadMore()
    }

    /// Reads once.
    public func reload() async {
        await ledger.reload()
        state.reload()
    }

    /// Reads, and again whenever something changed.
    public func follow() async {
        async let entries: Void = ledger.follow()
        async let counts: Void = state.follow()
        _ = await (entries, counts)
    }
}
