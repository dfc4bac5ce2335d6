import Foundation

extension Page {
    /// A page of 50.
    public init(after: Int64? = nil) {
        self.init(after: after, limit: 50)
    }
}

extension MessageQuery {
    /// The newest 50 messages, or the 50 before a cursor.
    public init(conversation: RecordKey, before: UInt64? = nil) {
        self.init(conversation: conversation, before: before, limit: 50)
    }
}

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
