import CompanionTesting
import Foundation
import Testing

private struct Unexpected: Error {}

/// A transport that answers nothing.
private final class BrokenTransport: Transport {
    private let error: any Error

    init(_ error: any Error) {
        self.error = error
    }

    func exchange(request: HttpRequest, timeout: TimeInterval) async throws -> HttpAnswer {
        throw error
    }
}

/// A phone that tells nothing about itself.
private final class SilentDevice: DeviceFacts {
    func bootId() throws -> String { throw DeviceFactsError.Unknown }
    func protectedDataAvailable() throws -> Bool { throw Unexpected() }
    func versions() throws -> String { throw Unexpected() }
}

@Suite struct FailingPortsTests {
    @Test(arguments: [
        (KeyStoreError.NotNow, CompanionError.Unavailable(reason: "keystore.not_now")),
        (.Gone, .RecoveryNeeded(reason: "keystore.gone")),
        (.NeedsUser, .Unavailable(reason: "keystore.needs_user")),
        (.Cancelled, .Cancelled),
    ])
    func aKeyStoreThatFailsIsAnAnswer(failure: KeyStoreError, answer: CompanionError) async throws {
        let day = try await Workday()
        try await day.client.close()
        await day.phone.keys.fail(with: failure)
        await #expect(throws: answer) { try await day.phone.open() }
        await day.phone.keys.fail(with: nil)
        try await day.phone.open().close()
        try await day.company.stop()
    }

    @Test(arguments: [KeyStoreError.Failed(code: "keychain.-1") as any Error, Unexpected()])
    func aKeyStoreThatFailsOtherwiseIsAnIncident(failure: any Error) async throws {
        let day = try await Workday()
        try await day.client.close()
        await day.phone.keys.fail(with: failure)
        do {
            _ = try await day.phone.open()
            Issue.record("it opened without its keys")
        } catch CompanionError.Internal(let incident) {
            #expect(UUID(uuidString: incident) != nil)
        }
        try await day.company.stop()
    }

    @Test(arguments: [TransportError.NotSent as any Error, TransportError.Lost, Unexpected()])
    func aTransportThatFailsMeansOffline(error: any Error) async throws {
        let day = try await Workday()
        try await day.client.close()
        let broken = Ports(transport: BrokenTransport(error), keys: day.phone.keys, device: day.phone.ports.device)
        let client = try await day.phone.open(ports: broken)
        await #expect(throws: CompanionError.Offline) { try await client.syncOnce() }
        try await client.close()
        try await day.company.stop()
    }

    @Test func aPhoneThatTellsNothingCountsAsLocked() async throws {
        let day = try await Workday()
        try await day.client.close()
        let ports = Ports(transport: day.phone.ports.transport, keys: day.phone.keys, device: SilentDevice())
        do {
            _ = try await day.phone.open(ports: ports)
            Issue.record("it opened a phone that may be locked")
        } catch CompanionError.Unavailable(_) {}
        try await day.company.stop()
    }
}
