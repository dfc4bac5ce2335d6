/// A message of the queue: its state, why it is so, and what can be done about it.
public struct Waiting: Identifiable, Hashable, Sendable {
    /// The queue's number of it.
    public var id: Int64 { entry.id }
    /// Its state.
    public let mark: Mark
    /// Why, and since when, in the core's words; more of it where the channel said more.
    public let details: [String]
    /// What can be done.
    public let choices: [Choice]
    let entry: QueueEntry

    init(_ entry: QueueEntry, client: any CompanionClientProtocol, wording: Wording) {
        // An entry that left the queue meanwhile has no reasons any more.
        let reasons = (try? client.explain(subject: "queue:\(entry.id)", language: wording.language)) ?? []
        self.entry = entry
        mark = wording.mark(entry.state, because: reasons.first?.text)
        details =
            reasons.flatMap { reason in
                [reason.text] + (reason.since.map { [wording.texts(.since, wording.time($0))] } ?? [])
            } + [entry.detail].compactMap(\.self)
        choices = wording.choices(entry)
    }
}
