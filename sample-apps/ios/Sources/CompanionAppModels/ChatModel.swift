import Observation

/// Screen 5: one work chat, and the reply.
@MainActor @Observable
public final class ChatModel {
    /// The reply. It is emptied once it is durable in the queue.
    public var draft: String {
        get { messages.draft }
        set { messages.draft = newValue }
    }
    /// The answer to the last act.
    public private(set) var notice: String?

    /// Who it is with.
    public let title: String
    /// To whom the reply goes, and that the company records it.
    public let composer: String
    /// What is asked before the chat becomes personal.
    public let unbindQuestion: String
    /// What stays then.
    public let unbindStays: String

    @ObservationIgnored private let client: any CompanionClientProtocol
    @ObservationIgnored private let chat: Conversation
    @ObservationIgnored private let messages: ConversationModel
    @ObservationIgnored private let queue: QueueModel
    @ObservationIgnored private let inbox: InboxModel
    @ObservationIgnored private let wording: Wording

    /// - Parameters:
    ///   - client: Whose chat.
    ///   - chat: Which.
    ///   - wording: The words.
    public init(client: any CompanionClientProtocol, chat: Conversation, wording: Wording) {
        self.client = client
        self.chat = chat
        self.wording = wording
        title = chat.title ?? wording.texts(.customer)
        composer = chat.title.map { wording.texts(.composer, $0) } ?? wording.texts(.composerUnnamed)
        unbindQuestion = wording.texts(.unbindAsk)
        unbindStays = wording.texts(.undo)
        messages = ConversationModel(client: client, conversation: chat.key)
        queue = QueueModel(client: client)
        inbox = InboxModel(client: client)
    }

    /// What was said, oldest first.
    public var bubbles: Shown<Bubble> {
        let entries = Dictionary(queue.items.map { ($0.clientMessageId, $0) }) { first, _ in first }
        let rows = messages.items.reversed().map { message in
            let entry = message.clientMessageId.flatMap { entries[$0] }
            let waiting = entry.map { Waiting($0, client: client, wording: wording) }
            return Bubble(message, waiting: waiting, chat: title, wording: wording)
        }
        return Shown(of: messages, rows: rows, empty: wording.texts(.noMessages), wording: wording)
    }

    /// Why nothing can be written.
    public var readOnly: String? {
        let now = inbox.items.first { $0.key == chat.key } ?? chat
        return now.readOnly.map { wording.texts(.readOnly, wording.reason($0)) }
    }

    /// Queues the reply.
    public func send() async {
        await messages.send()
        notice = messages.problem.map(wording.said)
        if notice == nil { await reload() }
    }

    /// Does what was chosen about a message that is not delivered. One that is edited is taken back, and what it said stands
    /// before what is being written.
    public func act(_ choice: Choice, on waiting: Waiting) async {
        guard let decision = choice.decision else { return }
        await queue.resolve(waiting.entry, decision)
        notice = queue.problem.map(wording.said)
        if choice == .edit, notice == nil {
            let written = messages.items.first { $0.clientMessageId == waiting.entry.clientMessageId }
            draft = [written?.content?.text ?? "", draft].filter { !$0.isEmpty }.joined(separator: "\n")
        }
        await messages.reload()
    }

    /// Makes the chat personal. It stays readable until the screen is left.
    public func unbind() async {
        do {
            _ = try await client.bind(request: BindRequest(conversation: chat.source, to: .personal))
            notice = wording.texts(.unbound)
            await inbox.reload()
        } catch {
            notice = wording.said(error)
        }
    }

    /// Reads older messages.
    public func loadMore() async {
        await messages.loadMore()
    }

    /// Reads once.
    public func reload() async {
        await messages.reload()
        await queue.reload()
        await inbox.reload()
    }

    /// Reads, and again whenever something changed.
    public func follow() async {
        async let said: Void = messages.follow()
        async let waiting: Void = queue.follow()
        async let standing: Void = inbox.follow()
        _ = await (said, waiting, standing)
    }
}
