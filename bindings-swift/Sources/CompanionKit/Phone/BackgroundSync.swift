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
///   - deadline: When to stop beginning new requests, in seconds. The system grants a push about 30.
///   - open: Opens the client or resumes it; `nil` where there is none.
///   - close: Suspends what `open` resumed, unless the app came to the front meanwhile. It runs however the synchronisation
///     ended, and before this returns: iOS ends an app that is frozen while it holds a lock on a file.
public func backgroundSync(
    deadline: TimeInterval = 20,
    opening open: @Sendable () async -> (any CompanionClientProtocol)?,
    closing close: @Sendable (any CompanionClientProtocol) async -> Void
) async -> BackgroundOutcome {
    guard let client = await open() else { return .noData }
    let report = try? await client.syncOnce(SyncOptions(within: deadline))
    await close(client)
    guard let report else { return .failed }
    return report.received > 0 ? .newData : .noData
}

#if canImport(BackgroundTasks)
    import BackgroundTasks

    /// Synchronisation as a background task of the system's, which runs it when it likes.
    public struct BackgroundRefresh: Sendable {
        private let identifier: String
        private let open: @Sendable () async -> (any CompanionClientProtocol)?
        private let close: @Sendable (any CompanionClientProtocol) async -> Void

        /// - Parameters:
        ///   - identifier: As in `BGTaskSchedulerPermittedIdentifiers` of the app's `Info.plist`.
        ///   - open: As of ``backgroundSync(deadline:opening:closing:)``.
        ///   - close: As of ``backgroundSync(deadline:opening:closing:)``.
        public init(
            identifier: String, opening open: @escaping @Sendable () async -> (any CompanionClientProtocol)?,
            closing close: @escaping @Sendable (any CompanionClientProtocol) async -> Void
        ) {
            self.identifier = identifier
            self.open = open
            self.close = close
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
                let outcome = await backgroundSync(opening: open, closing: close)
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
