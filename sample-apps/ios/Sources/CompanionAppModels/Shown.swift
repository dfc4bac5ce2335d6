/// What a list shows, in every state that it can be in. Rows that are known stay while they cannot be read again.
public struct Shown<Row: Hashable & Sendable>: Hashable, Sendable {
    /// The rows.
    public let rows: [Row]
    /// Whether the first answer is awaited.
    public let isLoading: Bool
    /// Why nothing new came; beside it stands the button that reads again.
    public let problem: String?
    /// The sentence where there is nothing.
    public let empty: String?
    /// Whether more can be read.
    public let hasMore: Bool

    init(rows: [Row], isLoading: Bool, problem: String?, hasMore: Bool, empty: String) {
        self.rows = rows
        self.isLoading = isLoading
        self.problem = problem
        self.hasMore = hasMore
        self.empty = rows.isEmpty && !isLoading && problem == nil ? empty : nil
    }

    @MainActor init<Item, Cursor>(of list: ListModel<Item, Cursor>, rows: [Row], empty: String, wording: Wording) {
        self.init(
            rows: rows, isLoading: list.isLoading, problem: list.problem.map(wording.said), hasMore: list.hasMore,
            empty: empty)
    }

    @MainActor init<Item>(of list: ReadModel<Item>, rows: [Row], empty: String, wording: Wording) {
        self.init(
            rows: rows, isLoading: list.isLoading, problem: list.problem.map(wording.said), hasMore: list.hasMore,
            empty: empty)
    }
}
