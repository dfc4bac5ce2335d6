import Foundation

/// What the system wants to know about a background synchronisation.
public enum BackgroundOutcome: Sendable {
    /// Something came.
    case newData
    /// Nothing came.
    case noData
    /// It did not run to its end.
    case failed
}

/// Synchronises once while the system lets this app run: after a push, or in a background task.
///
/// Give a push's `userInfo` to nobody: a push says that there is news and never what.
///
/// - Parameters:
///   - client: Whose news.
///   - deadline: When to stop beginning new requests. The system grants a push about 30 s.
public func backgroundSync(
    _ client: any CompanionClientProtocol, deadline: TimeInterval = 20
) async -> BackgroundOutcome {
    do {
        let report = try await client.syncOnce(SyncOptions(within: deadline))
        return report.received > 0 ? .newData : .noData
    } catch {
        return .failed
    }
}

#if canImport(BackgroundTasks)
    import BackgroundTasks

    /// Synchronisation as a background task of the system's, which runs it when it likes.
    public struct BackgroundRefresh: Sendable {
        private let identifier: String
        private let client: @Sendable () async -> (any CompanionClientProtocol)?

        /// - Parameters:
        ///   - identifier: As in `BGTaskSchedulerPermittedIdentifiers` of the app's `Info.plist`.
        ///   - client: Opens the client, or hands over the open one; `nil` where nobody joined.
        public init(identifier: String, client: @escaping @Sendable () async -> (any CompanionClientProtocol)?) {
            self.identifier = identifier
            self.client = client
        }

        /// Tells the system what to run. Call it before the app has finished launching, once.
        ///
        /// - Returns: Whether the identifier is permitted and new.
        @discardableResult
        public func register() -> Bool {
            BGTaskScheduler.shared.register(forTaskWithIdentifier: identifier, using: nil) { task in
                run(RunningTask(task))
            }
        }

        /// Asks for the next run. Call it when the app goes to the background; each run asks again by itself.
        ///
        /// - Parameter interval: The least time until then.
        public func schedule(after interval: TimeInterval = 15 * 60) throws {
            let request = BGAppRefreshTaskRequest(identifier: identifier)
            request.earliestBeginDate = Date(timeIntervalSinceNow: interval)
            try BGTaskScheduler.shared.submit(request)
        }

        private func run(_ running: RunningTask) {
            try? schedule()
            let work = Task {
                guard let client = await client() else { return running.end(success: true) }
                let outcome = await backgroundSync(client)
                running.end(success: outcome.isSuccess)
            }
            running.task.expirationHandler = { work.cancel() }
        }
    }

    /// The system's task is handed from its queue to ours once and ended once.
    private struct RunningTask: @unchecked Sendable {
        let task: BGTask

        init(_ task: BGTask) {
            self.task = task
        }

        func end(success: Bool) {
            task.setTaskCompleted(success: success)
        }
    }

    extension BackgroundOutcome {
        fileprivate var isSuccess: Bool {
            switch self {
            case .newData, .noData: true
            case .failed: false
            }
        }
    }
#endif

#if canImport(UIKit)
    import UIKit

    extension UIBackgroundFetchResult {
        /// The answer to `application(_:didReceiveRemoteNotification:)`.
        public init(_ outcome: BackgroundOutcome) {
            switch outcome {
            case .newData: self = .newData
            case .noData: self = .noData
            case .failed: self = .failed
            }
        }
    }
#endif
