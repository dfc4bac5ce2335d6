/// Hints that something changed, as they come, until the client is closed. Each iteration has a cursor of its own. A hint
/// says what to read again; the truth is always queryable.
public struct Changes: AsyncSequence, Sendable {
    private let client: any CompanionClientProtocol

    init(of client: any CompanionClientProtocol) {
        self.client = client
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(stream: try? client.changes())
    }

    /// A cursor. It ends when its task is cancelled or it is no longer used.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let stream: ChangeStream?

        public func next() async throws -> ChangeHint? {
            guard let stream else { return nil }
            return try await withTaskCancellationHandler {
                try await stream.next()
            } onCancel: {
                try? stream.close()
            }
        }
    }
}

extension CompanionClientProtocol {
    /// Hints that something changed.
    public var hints: Changes { Changes(of: self) }
}
