import Observation

/// The conversations, latest activity first.
@MainActor @Observable
public final class InboxModel: ListModel<Conversation, Int64> {
    /// - Parameter client: Whose conversations.
    public init(client: any CompanionClientProtocol) {
        super.init(client: client) { hint in
            switch hint {
            case .inbox, .conversation, .lock, .everything: true
            case .queue, .undecided, .account: false
            }
        } read: { cursor in
            let page = try await client.inbox(page: Page(after: cursor))
            return (page.items, page.next)
        }
    }
}

/// One conversation's messages, newest first, and the way to answer.
@MainActor @Observable
public final class ConversationModel: ListModel<Message, UInt64> {
    /// The text being written. It is emptied once it is durable in the queue.
    public var draft = ""

    /// The conversation, `c1…`.
    @ObservationIgnored public let conversation: RecordKey

    /// - Parameters:
    ///   - client: Whose conversation.
    ///   - conversation: Its key.
    public init(client: any CompanionClientProtocol, conversation: RecordKey) {
        self.conversation = conversation
        super.init(client: client) { hint in
            switch hint {
            case .conversation(let key): key == conversation
            case .queue, .lock, .everything: true
            case .inbox, .undecided, .account: false
            }
        } read: { cursor in
            let page = try await client.messages(query: MessageQuery(conversation: conversation, before: cursor))
            return (page.messages, page.next)
        }
    }

    /// Queues the draft. When this returns without a ``ListModel/problem`` it will be sent once, or be visible in the queue.
    public func send() async {
        let text = draft
        await attempt {
            let content = OutboundContent.text(text: text, replyTo: nil)
            _ = try await self.client.send(draft: Draft(conversation: self.conversation, content: content))
            if self.draft == text { self.draft = "" }
        }
    }
}

/// Customer messages that are not delivered yet, oldest first.
@MainActor @Observable
public final class QueueModel: ListModel<QueueEntry, Int64> {
    /// - Parameter client: Whose queue.
    public init(client: any CompanionClientProtocol) {
        super.init(client: client) { hint in
            switch hint {
            case .queue, .lock, .everything: true
            case .inbox, .conversation, .undecided, .account: false
            }
        } read: { cursor in
            let page = try await client.queue(page: Page(after: cursor))
            return (page.items, page.next)
        }
    }

    /// Applies a decision of the employee, one of `entry.decisions`, and reads the queue again. Why it was not taken stays
    /// in ``ListModel/problem``.
    public func resolve(_ entry: QueueEntry, _ decision: String) async {
        await attempt {
            try await self.client.resolve(decision: QueueDecision(id: entry.id, decision: decision))
        }
        let refusal = problem
        await reload()
        problem = refusal ?? problem
    }
}

/// What the client says about itself: whether it is open, and what waits.
@MainActor @Observable
public final class LockModel {
    /// The last answer; `nil` before the first.
    public private(set) var state: ClientState?
    /// Why there was none.
    public private(set) var problem: (any Error)?

    @ObservationIgnored private let client: any CompanionClientProtocol

    /// - Parameter client: Whose state.
    public init(client: any CompanionClientProtocol) {
        self.client = client
    }

    /// Asks once.
    public func reload() {
        do {
            state = try client.state()
            problem = nil
        } catch {
            problem = error
        }
    }

    /// Asks, then asks again whenever something changed, until the task is cancelled or the client is closed.
    public func follow() async {
        let hints = client.hints.makeAsyncIterator()
        reload()
        while (try? await hints.next()) != nil { reload() }
        reload()
    }
}
