import Observation

/// Keeps the phone in touch with its gateway while the app is in front, and says when that goes on failing.
@MainActor @Observable
public final class ConnectionModel {
    /// The line under the top bar. A first failure is not told: most are over at the next try.
    public private(set) var trouble: String?

    @ObservationIgnored private let client: any CompanionClientProtocol
    @ObservationIgnored private let wording: Wording
    @ObservationIgnored private var failures = 0

    /// - Parameters:
    ///   - client: Who synchronises.
    ///   - wording: The words.
    public init(client: any CompanionClientProtocol, wording: Wording) {
        self.client = client
        self.wording = wording
    }

    /// Synchronises until the task is cancelled; after a failure, three seconds later.
    public func run() async {
        while !Task.isCancelled {
            await synchronise(waiting: 20)
            if failures > 0 { try? await Task.sleep(for: .seconds(3)) }
        }
    }

    /// Synchronises once.
    ///
    /// - Parameter seconds: How long the gateway may hold the request while nothing is new.
    public func synchronise(waiting seconds: Double = 0) async {
        do {
            _ = try await client.syncOnce(SyncOptions(within: seconds + 25, waiting: seconds))
            failures = 0
            trouble = nil
        } catch is CancellationError {
        } catch {
            failures += 1
            let waiting = (try? client.state().waitingMessages) ?? 0
            trouble = failures > 1 ? wording.said(error, waiting: waiting) : nil
        }
    }
}
