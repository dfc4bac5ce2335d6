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

    @MainActor init<Item, Cursor>(of list: ListModel<Item, Cursor>, rows: [Row], empty: String, wording: Wording) {
        self.rows = rows
        isLoading = list.isLoading
        problem = list.problem.map(wording.said)
        hasMore = list.hasMore
        self.empty = rows.isEmpty && !isLoading && problem == nil ? empty : nil
    }
}
