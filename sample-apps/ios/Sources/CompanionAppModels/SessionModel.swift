import Observation

/// Whether there is an open client, and why not.
@MainActor @Observable
public final class SessionModel {
    /// How far opening came.
    public enum Phase {
        /// It is on its way.
        case opening
        /// All screens can be shown.
        case open(any CompanionClientProtocol)
        /// Nothing can be shown: why.
        case unavailable(String)
    }

    /// How far opening came.
    public private(set) var phase = Phase.opening
    /// The words of every screen.
    @ObservationIgnored public let wording: Wording

    @ObservationIgnored private var isInFront = false
    @ObservationIgnored private var last: Task<Void, Never>?
    @ObservationIgnored private let opening: @Sendable () async throws -> (any CompanionClientProtocol)?

    /// - Parameters:
    ///   - wording: The words of every screen.
    ///   - opening: Opens the client; `nil` where nobody has joined.
    public init(wording: Wording, opening: @escaping @Sendable () async throws -> (any CompanionClientProtocol)?) {
        self.wording = wording
        self.opening = opening
    }

    /// The open client.
    public var client: (any CompanionClientProtocol)? {
        guard case .open(let client) = phase else { return nil }
        return client
    }

    /// The app is in front: opens the client, or its files again.
    public func enter() async {
        isInFront = true
        await inTurn { await self.open() }
    }

    /// The app is behind: closes every file, since the system ends an app that is frozen while it holds one.
    public func leave() async {
        isInFront = false
        await inTurn { await self.rest() }
    }

    /// The client for something that the system runs while the app is behind, if there is one.
    public func lend() async -> (any CompanionClientProtocol)? {
        await inTurn { await self.open() }
        return client
    }

    /// What the client was lent for has ended.
    public func takeBack() async {
        await inTurn { await self.rest() }
    }

    /// The system tells of several changes at once: each begins when the one before has ended.
    private func inTurn(_ work: @escaping @MainActor () async -> Void) async {
        let before = last
        let turn = Task {
            await before?.value
            await work()
        }
        last = turn
        await turn.value
    }

    /// Whoever came to the front meanwhile goes on.
    private func rest() async {
        if !isInFront { try? await client?.suspend() }
    }

    private func open() async {
        do {
            if let client {
                try await client.resume()
            } else if let opened = try await opening() {
                phase = .open(opened)
            } else {
                phase = .unavailable(wording.texts(.notJoined))
            }
        } catch {
            phase = .unavailable(wording.said(error))
        }
    }
}
