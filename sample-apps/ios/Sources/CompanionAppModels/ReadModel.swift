import Observation

/// A list that CompanionKit has no model of: read page by page, and again whenever something changed.
@MainActor @Observable
final class ReadModel<Item: Sendable> {
    private(set) var items: [Item] = []
    private(set) var isLoading = true
    private(set) var hasMore = false
    private(set) var problem: (any Error)?

    typealias Read = @Sendable (Page) async throws -> (items: [Item], next: Int64?)

    @ObservationIgnored private let client: any CompanionClientProtocol
    @ObservationIgnored private let read: Read
    @ObservationIgnored private var pages = 1

    init(client: any CompanionClientProtocol, read: @escaping Read) {
        self.client = client
        self.read = read
    }

    func reload() async {
        do {
            var (items, next) = try await read(Page())
            for _ in 1..<pages {
                guard let after = next else { break }
                let page = try await read(Page(after: after))
                items += page.items
                next = page.next
            }
            self.items = items
            hasMore = next != nil
            problem = nil
        } catch {
            problem = error
        }
        isLoading = false
    }

    func loadMore() async {
        pages += 1
        await reload()
    }

    func follow() async {
        let hints = client.hints.makeAsyncIterator()
        await reload()
        while (try? await hints.next()) != nil { await reload() }
    }
}
