import Observation

/// A list that is read page by page and read again when a hint says so.
///
/// Show it and call ``follow()`` from a task that ends with the view:
/// `.task { await model.follow() }`.
@MainActor @Observable
public class ListModel<Item: Sendable, Cursor: Sendable> {
    /// What was read so far.
    public private(set) var items: [Item] = []
    /// Whether a first answer is still awaited.
    public private(set) var isLoading = true
    /// Whether more can be read.
    public private(set) var hasMore = false
    /// Why the last call brought nothing; `nil` once one did.
    public internal(set) var problem: (any Error)?

    /// A page, and the cursor of the next one.
    public typealias Reading = (items: [Item], next: Cursor?)

    @ObservationIgnored let client: any CompanionClientProtocol
    @ObservationIgnored private let read: @Sendable (Cursor?) async throws -> Reading
    @ObservationIgnored private let concerns: @Sendable (ChangeHint) -> Bool
    @ObservationIgnored private var next: Cursor?
    @ObservationIgnored private var pages = 1

    /// A list of whatever the client tells page by page.
    ///
    /// - Parameters:
    ///   - client: Whose list.
    ///   - concerns: Which hints say that it changed.
    ///   - read: Reads the page after a cursor.
    public init(
        client: any CompanionClientProtocol, concerns: @escaping @Sendable (ChangeHint) -> Bool = { _ in true },
        read: @escaping @Sendable (Cursor?) async throws -> Reading
    ) {
        self.client = client
        self.concerns = concerns
        self.read = read
    }

    /// Reads everything that is shown again.
    public func reload() async {
        await attempt {
            var (items, next) = try await self.read(nil)
            for _ in 1..<self.pages {
                guard let cursor = next else { break }
                let page = try await self.read(cursor)
                items += page.items
                next = page.next
            }
            self.show(items, next: next)
        }
        isLoading = false
    }

    /// Reads the next page, if there is one.
    public func loadMore() async {
        guard let cursor = next else { return }
        await attempt {
            let page = try await self.read(cursor)
            self.pages += 1
            self.show(self.items + page.items, next: page.next)
        }
    }

    /// Reads, then reads again whenever something changed, until the task is cancelled or the client is closed.
    public func follow() async {
        // The cursor stands before the first reading, so that no change falls in between.
        let hints = client.hints.makeAsyncIterator()
        await reload()
        while let hint = try? await hints.next() {
            if concerns(hint) { await reload() }
        }
    }

    /// Does `work` and keeps its error; a cancellation is none.
    func attempt(_ work: @MainActor () async throws -> Void) async {
        do {
            try await work()
            problem = nil
        } catch is CancellationError {
        } catch {
            problem = error
        }
    }

    private func show(_ items: [Item], next: Cursor?) {
        self.items = items
        self.next = next
        hasMore = next != nil
    }
}
