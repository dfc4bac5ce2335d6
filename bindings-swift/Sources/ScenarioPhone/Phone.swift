import CompanionTesting
import Foundation

/// An opened client, and what runs beside its commands.
final class Phone {
    private let client: CompanionClient
    private let clock: TestClock
    private let root: String
    private let hints = Hints()
    private var begun: (running: Task<SyncReport, any Error>, cancel: CancelToken)?

    init(client: CompanionClient, clock: TestClock, root: String) throws {
        self.client = client
        self.clock = clock
        self.root = root
        let stream = try client.changes()
        Task { [hints] in
            while let hint = try await stream.next() { await hints.add(hint.told) }
        }
    }

    /// Does what a line says: the line that answers it.
    func answer(to command: String) async throws -> Data {
        do {
            return try line(["ok": await obey(Command(command)) ?? NSNull()])
        } catch let error as CompanionError {
            return try line(["error": error.told])
        } catch let error as Misunderstood {
            return try line(["error": ["kind": "Misunderstood", "text": error.what]])
        }
    }

    /// What the command's call answers, `nil` where that is nothing.
    private func obey(_ command: Command) async throws -> Any? {
        let name: String = try command.get("do")
        switch name {
        case "undecided": return try await all(client.undecided).map(\.told)
        case "inbox": return try await all(client.inbox).map(\.told)
        case "messages": return try await messages(of: command.get("conversation")).map(\.told)
        case "queue": return try await all(client.queue).map(\.told)
        case "ledger": return try await all(client.ledger).map(\.told)
        case "journal": return try await all(client.journal).map(\.told)
        case "state": return try client.state().told
        case "diagnostics": return ["inbox_seq": try await client.diagnostics().inboxSeq]
        case "notices": return try client.notices().map { ["code": $0.code] }
        case "changes": return await hints.take()
        case "list": return try listEnrolments(root: root).map(\.enrolment)
        case "explain":
            let language = try command.choice("language", of: ["ja": Language.ja, "en": .en])
            return try client.explain(subject: command.get("subject"), language: language).map(\.told)
        case "bind":
            let to = try command.choice("to", of: ["work": BindTo.work, "personal": .personal])
            let conversation = try ConversationRef(command.object("conversation"))
            return try await client.bind(request: BindRequest(conversation: conversation, to: to)).items
        case "send":
            let content = try OutboundContent(command.object("content"))
            return try await client.send(draft: Draft(conversation: command.get("conversation"), content: content)).told
        case "ingest":
            let raw = Data(try command.get("raw", as: String.self).utf8)
            return try await client.ingest(input: IngestInput(reader: command.get("reader"), raw: raw)).told
        case "sync":
            return try await client.syncOnce(options: SyncOptions(), cancel: CancelToken()).told
        case "end_sync":
            guard let begun else { throw Misunderstood(what: name) }
            self.begun = nil
            return try await begun.running.value.told
        default:
            try await quietly(name, command)
            return nil
        }
    }

    /// The commands whose answer is that it is done.
    private func quietly(_ name: String, _ command: Command) async throws {
        switch name {
        case "clock": try clock.set(atMs: command.get("at_ms"))
        case "suspend": try await client.suspend()
        case "resume": try await client.resume()
        case "touch": try client.userActive()
        case "lock": try client.lock()
        case "unlock":
            try await client.unlock(with: .passcode(code: command.get("code")), cancel: CancelToken())
        case "set_passcode":
            let change = try PasscodeChange(old: command.optional("old"), new: command.get("new"))
            try await client.setPasscode(change: change, cancel: CancelToken())
        case "close": try await client.close()
        case "accept":
            let request = try AccountRequest(channel: command.get("channel"), account: command.get("account"))
            try await client.registerAccount(request: request)
        case "resolve":
            try await client.resolve(
                decision: QueueDecision(id: command.get("id"), decision: command.get("decision")))
        case "begin_sync":
            let wait: TimeInterval = try command.get("wait_s")
            let cancel = try CancelToken()
            let running = Task { [client] in
                try await client.syncOnce(options: SyncOptions(within: wait + 25, waiting: wait), cancel: cancel)
            }
            begun = (running, cancel)
        case "cancel_sync": try begun?.cancel.cancel()
        default: throw Misunderstood(what: name)
        }
    }

    private func messages(of conversation: RecordKey) async throws -> [Message] {
        var messages: [Message] = []
        var before: UInt64?
        repeat {
            let query = MessageQuery(conversation: conversation, before: before, limit: 200)
            let page = try await client.messages(query: query)
            messages += page.messages
            before = page.next
        } while before != nil
        return messages
    }
}

/// The hints that nobody asked for yet.
private actor Hints {
    private var waiting: [String] = []

    func add(_ hint: String) {
        waiting.append(hint)
    }

    func take() -> [String] {
        defer { waiting = [] }
        return waiting
    }
}

/// A page of a list, whatever its items are.
private protocol ListPage {
    associatedtype Item
    var items: [Item] { get }
    var next: Int64? { get }
}

extension UndecidedPage: ListPage {}
extension InboxPage: ListPage {}
extension QueuePage: ListPage {}
extension LedgerPage: ListPage {}
extension JournalPage: ListPage {}

/// A list to its end.
private func all<List: ListPage>(_ read: (Page) async throws -> List) async throws -> [List.Item] {
    var items: [List.Item] = []
    var after: Int64?
    repeat {
        let page = try await read(Page(after: after, limit: 200))
        items += page.items
        after = page.next
    } while after != nil
    return items
}
