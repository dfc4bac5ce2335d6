import Observation

/// Screen 8: what is not delivered yet, per chat and in the order in which it goes.
@MainActor @Observable
public final class OutboxModel {
    /// A chat that something waits in.
    public struct Chat: Identifiable, Hashable, Sendable {
        /// Its conversation, `c1…`.
        public let id: RecordKey
        /// What it opens, where it is among the newest.
        public let chat: Conversation?
        /// The customer.
        public let title: String
        /// What waits, oldest first.
        public let messages: [Waiting]
    }

    @ObservationIgnored private let client: any CompanionClientProtocol
    @ObservationIgnored private let queue: QueueModel
    @ObservationIgnored private let inbox: InboxModel
    @ObservationIgnored private let wording: Wording

    /// - Parameters:
    ///   - client: Whose messages.
    ///   - wording: The words.
    public init(client: any CompanionClientProtocol, wording: Wording) {
        self.client = client
        self.wording = wording
        queue = QueueModel(client: client)
        inbox = InboxModel(client: client)
    }

    /// The chats, in the order in which their first messages go.
    public var chats: Shown<Chat> {
        let keys = queue.items.map(\.conversation).reduce(into: [RecordKey]()) { keys, key in
            if !keys.contains(key) { keys.append(key) }
        }
        return Shown(of: queue, rows: keys.map(chat), empty: wording.texts(.nothingWaits), wording: wording)
    }

    /// What can be done here: editing is done where the message was written.
    public func choices(of message: Waiting) -> [Choice] {
        message.choices.filter { $0 != .edit }
    }

    /// Does what was chosen. What could not be done, ``chats`` says.
    public func act(_ choice: Choice, on message: Waiting) async {
        guard let decision = choice.decision else { return }
        await queue.resolve(message.entry, decision)
    }

    /// Reads the next page.
    public func loadMore() async {
        await queue.loadMore()
    }

    /// Reads once.
    public func reload() async {
        await queue.reload()
        await inbox.reload()
    }

    /// Reads, and again whenever something changed.
    public func follow() async {
        async let messages: Void = queue.follow()
        async let conversations: Void = inbox.follow()
        _ = await (messages, conversations)
    }

    private func chat(_ key: RecordKey) -> Chat {
        let chat = inbox.items.first { $0.key == key }
        let messages = queue.items.filter { $0.conversation == key }
        return Chat(
            id: key, chat: chat, title: chat?.title ?? wording.texts(.customer),
            messages: messages.map { Waiting($0, client: client, wording: wording) })
    }
}
