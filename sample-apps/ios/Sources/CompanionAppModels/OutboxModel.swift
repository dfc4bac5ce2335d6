import Observation

/// Screen 8: what is not delivered yet, in the order in which it goes.
@MainActor @Observable
public final class OutboxModel {
    /// The answer to the last act that brought nothing.
    public private(set) var notice: String?

    @ObservationIgnored private let client: any CompanionClientProtocol
    @ObservationIgnored private let queue: QueueModel
    @ObservationIgnored private let wording: Wording

    /// - Parameters:
    ///   - client: Whose messages.
    ///   - wording: The words.
    public init(client: any CompanionClientProtocol, wording: Wording) {
        self.client = client
        self.wording = wording
        queue = QueueModel(client: client)
    }

    /// The messages, oldest first.
    public var messages: Shown<Waiting> {
        let rows = queue.items.map { Waiting($0, client: client, wording: wording) }
        return Shown(of: queue, rows: rows, empty: wording.texts(.nothingWaits), wording: wording)
    }

    /// What can be done here: editing is done where the message was written.
    public func choices(of message: Waiting) -> [Choice] {
        message.choices.filter { $0 != .edit }
    }

    /// Does what was chosen.
    public func act(_ choice: Choice, on message: Waiting) async {
        guard let decision = choice.decision else { return }
        do {
            try await client.resolve(decision: QueueDecision(id: message.id, decision: decision))
            notice = nil
        } catch {
            notice = wording.said(error)
        }
        await reload()
    }

    /// Reads the next page.
    public func loadMore() async {
        await queue.loadMore()
    }

    /// Reads once.
    public func reload() async {
        await queue.reload()
    }

    /// Reads, and again whenever something changed.
    public func follow() async {
        await queue.follow()
    }
}
