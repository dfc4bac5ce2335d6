/// One message as it is shown and spoken.
public struct Bubble: Identifiable, Hashable, Sendable {
    /// The message, `m1…`.
    public let id: RecordKey
    /// Whether it was written by the company's side.
    public let isOwn: Bool
    /// Who wrote it, and when as far as it is needed.
    public let heading: String
    /// What it says; nothing once it was removed.
    public let text: String
    /// That it was edited or removed.
    public let change: String?
    /// What it said before, oldest first.
    public let earlier: [String]
    /// The reactions that stand.
    public let reactions: String
    /// How far an own message came.
    public let mark: Mark?
    /// Whether the company has it; nothing while it is on its way.
    public let recorded: Mark?
    /// Its entry in the queue, while it is not delivered.
    public let waiting: Waiting?
    /// The one sentence of a screen reader.
    public let spoken: String

    init(_ message: Message, waiting: Waiting?, chat: String, wording: Wording) {
        let texts = wording.texts
        let isRemoved = message.deletion != nil
        id = message.key
        isOwn = message.direction == .outbound
        let author = isOwn ? texts(.you) : message.author?.name ?? chat
        let time = wording.time(message.sentAt ?? message.receivedAt)
        heading = "\(Texts.isolated(author)) \(time)"
        text = isRemoved ? "" : message.content.map(wording.content) ?? ""
        change = isRemoved ? texts(.unsent) : message.versions.count > 1 ? texts(.edited) : nil
        let before = isRemoved ? message.versions[...] : message.versions.dropLast()
        earlier = before.map { "\(texts(.before)): \(wording.content($0.content))" }
        reactions = message.reactions.map(\.emoji).joined(separator: " ")
        mark = waiting?.mark ?? (isOwn ? message.delivery.map(wording.mark) : nil)
        recorded = wording.mark(message.mirror)
        self.waiting = waiting
        spoken = wording.sentence([author, text, change, time, mark?.word, recorded?.word].compactMap(\.self))
    }
}

extension Wording {
    /// What a content says; a medium by the name of its file.
    fileprivate func content(_ content: Content) -> String {
        let files = content.attachments.map { texts(.attachment, $0.name ?? content.kind) }
        return (files + [content.text].compactMap(\.self)).joined(separator: "\n")
    }
}
