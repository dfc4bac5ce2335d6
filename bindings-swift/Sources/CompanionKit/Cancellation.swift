/// Runs `call` with a token that is cancelled when the task is. A cancelled call throws `CancellationError`, as Swift's own
/// calls do.
public func cancellable<Value: Sendable>(
    _ call: @Sendable (CancelToken) async throws -> Value
) async throws -> Value {
    let token = try CancelToken()
    return try await withTaskCancellationHandler {
        do {
            return try await call(token)
        } catch CompanionError.Cancelled where Task.isCancelled {
            throw CancellationError()
        }
    } onCancel: {
        try? token.cancel()
    }
}

extension CompanionClientProtocol {
    /// Synchronises once and ends when the task is cancelled.
    ///
    /// - Parameter options: How long, and whether to wait for news.
    public func syncOnce(_ options: SyncOptions = SyncOptions()) async throws -> SyncReport {
        try await cancellable { token in try await syncOnce(options: options, cancel: token) }
    }
}
