import Foundation

/// A company in this process: a gateway, a CRM and a WhatsApp number on the loopback, and a clock in the test's hands. It
/// has nothing in common with anything real.
public final class TestCompany: Sendable {
    /// The account on the channel `whatsapp` at which things happen.
    public static let account = "106540352242922"

    /// The clock of everybody. It runs ten times as fast as the wall's.
    public let clock: TestClock
    /// What runs: the calls that this class has no word for. They wait for their answer.
    public let world: TestWorld
    private let folder: URL

    /// Starts everything, with its files in a folder that ``stop()`` removes.
    ///
    /// - Parameter start: What the clock reads at first.
    public init(start: Date = .now) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "companion-\(UUID())")
        let clock = try TestClock(startMs: Int64(start.timeIntervalSince1970 * 1000))
        self.folder = folder
        self.clock = clock
        world = try await waiting { try TestWorld(folder: folder.appending(path: "company").text, clock: clock) }
    }

    /// Joins with a new phone, and waits until the gateway lets it in.
    ///
    /// - Parameter transport: What the phone speaks to the gateway with.
    public func join(transport: any Transport = URLSessionTransport()) async throws -> TestPhone {
        let enrolment = UUID().uuidString.lowercased()
        let folder = folder.appending(path: enrolment)
        let keys = try TestKeyStore(folder: folder.appending(path: "keys"))
        let container = folder.appending(path: "group")
        let shared = try WorkFolder.prepareShared(in: container)
        let phone = TestPhone(
            options: OpenOptions(root: folder.text, enrolment: enrolment, shared: shared), container: container,
            ports: Ports(transport: transport, keys: keys, device: SystemDeviceFacts(folder: folder)),
            keys: keys, clock: clock)
        try await joinCompany(
            options: phone.options, ports: phone.ports, invitation: world.invitation(), clock: clock)
        let client = try await phone.open()
        while try await !isLetIn(client) { try await Task.sleep(for: .milliseconds(20)) }
        try await client.close()
        return phone
    }

    /// Lets a customer write to the company's number, and waits until the gateway knows.
    ///
    /// - Parameters:
    ///   - text: What they write.
    ///   - phone: Their number, in digits.
    /// - Returns: The channel's id of the message.
    @discardableResult
    public func customerWrites(_ text: String, phone: String = "819011112222") async throws -> SourceId {
        let id = "wamid.\(UUID())"
        let customer = Happening.Customer(phone: phone, name: "Yamada")
        let event = Happening(inbound: .init(from: customer, id: id, content: .init(text: .init(text: text))))
        let events = String(decoding: try JSONEncoder().encode([event]), as: UTF8.self)
        try await waiting { [world] in try world.happen(what: events) }
        while try world.pending() > 0 { try await Task.sleep(for: .milliseconds(5)) }
        return id
    }

    /// Whether phones reach the gateway.
    public func network(online: Bool) async throws {
        try await setFaults(.network, online ? "{}" : #"{"offline":true}"#)
    }

    /// Lets the gateway apply each request and lose its answer, or no longer so.
    public func loseAnswers(_ lost: Bool) async throws {
        try await setFaults(.network, lost ? #"{"rates":{"drop":1000}}"# : "{}")
    }

    /// Lets WhatsApp end each connection before it answers, or no longer so: what is sent meanwhile may have arrived.
    public func resetChannel(_ reset: Bool) async throws {
        try await setFaults(.channel, reset ? #"{"rates":{"reset":1000}}"# : "{}")
    }

    /// Whether the CRM is there.
    public func crm(online: Bool) async throws {
        try await setFaults(.target, online ? "{}" : #"{"offline":true}"#)
    }

    /// Lets a span pass at once.
    public func advance(by span: TimeInterval) throws {
        try clock.advance(span: span)
    }

    /// What the CRM holds, each record once, as JSON.
    public func records() async throws -> [String] {
        try await waiting { [world] in try world.crmRecords() }
    }

    /// The messages that WhatsApp took from the company, as JSON.
    public func sentMessages() async throws -> [String] {
        try await waiting { [world] in try world.channelMessages() }
    }

    /// Ends everything and removes its files.
    public func stop() async throws {
        try await waiting { [world] in try world.stop() }
        try FileManager.default.removeItem(at: folder)
    }

    /// The gateway looks for new phones from time to time.
    private func isLetIn(_ client: CompanionClient) async throws -> Bool {
        do {
            _ = try await client.syncOnce()
            return true
        } catch CompanionError.SignInNeeded {
            return false
        }
    }

    private func setFaults(_ place: Place, _ plan: String) async throws {
        try await waiting { [world] in try world.setFaults(place: place, plan: plan) }
    }
}

/// One phone of a company: its folder stays when its client is gone.
public struct TestPhone: Sendable {
    /// Where its enrolment lies, and whose it is.
    public let options: OpenOptions
    /// What it shares with extensions: where `InboxSealer.open(container:)` finds its folder.
    public let container: URL
    /// What it lends.
    public let ports: Ports
    /// Its keys, which can be told to fail.
    public let keys: TestKeyStore
    fileprivate let clock: TestClock

    /// Opens it on the company's clock.
    ///
    /// - Parameters:
    ///   - ports: Others than its own.
    ///   - kill: A fault point and the visit to it at which this *process* ends as by SIGKILL, such as
    ///     `engine.push.answered:1`: for a process that the test started.
    public func open(ports: Ports? = nil, kill: String? = nil) async throws -> CompanionClient {
        try await openClient(options: options, ports: ports ?? self.ports, clock: clock, kill: kill)
    }
}

/// What can happen on the channel, as the core's kit reads it.
private struct Happening: Encodable {
    struct Inbound: Encodable {
        let from: Customer
        let id: String
        let content: Content
    }
    struct Customer: Encodable {
        let phone: String
        let name: String
    }
    struct Content: Encodable {
        let text: Text
    }
    struct Text: Encodable {
        let text: String
    }
    let inbound: Inbound
}

/// A call of the kit, on a thread that may wait: those of Swift's tasks may not.
private func waiting<Value: Sendable>(_ call: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result(catching: call)) }
    }
}

extension URL {
    fileprivate var text: String { path(percentEncoded: false) }
}
