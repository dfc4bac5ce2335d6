import Foundation

extension SyncOptions {
    /// What fits into the time that a system grants for a push.
    ///
    /// - Parameters:
    ///   - deadline: Stop beginning new requests after so long.
    ///   - wait: How long the gateway may hold the request while nothing is new.
    public init(within deadline: TimeInterval = 25, waiting wait: TimeInterval = 0) {
        self.init(deadline: deadline, wait: wait)
    }
}
