import Observation

/// Screen 7: what one undecided chat is to be. Nothing is chosen beforehand.
@MainActor @Observable
public final class BindModel {
    /// Whether what came so far is to be work, too.
    public var soFar = false
    /// The answer, once it was given.
    public private(set) var notice: String?
    /// Whether a decision stands.
    public private(set) var isDone = false

    /// The question.
    public let question: String
    /// What the employee chooses.
    public let soFarText: String
    /// Who will see it.
    public let whoSees: String
    /// That it can be undone, and what stays.
    public let undo: String
    /// What goes where the chat stays personal.
    public let keepQuestion: String

    @ObservationIgnored private let client: any CompanionClientProtocol
    @ObservationIgnored private let chat: ChatsModel.UndecidedRow
    @ObservationIgnored private let wording: Wording

    /// - Parameters:
    ///   - client: Whose chat.
    ///   - chat: Which.
    ///   - wording: The words.
    public init(client: any CompanionClientProtocol, chat: ChatsModel.UndecidedRow, wording: Wording) {
        self.client = client
        self.chat = chat
        self.wording = wording
        question = wording.texts(.bindAsk)
        soFarText = wording.texts(.soFar, "\(chat.items)")
        whoSees = wording.texts(.whoSees, chat.id.account)
        undo = wording.texts(.undo)
        keepQuestion = wording.texts(.keepAsk, "\(chat.items)")
    }

    /// Whether the button that makes it work can be pressed.
    public var canMakeWork: Bool { soFar && !isDone }

    /// Makes the chat work.
    public func makeWork() async {
        guard canMakeWork else { return }
        await bind(.work, .bound)
    }

    /// Keeps the chat personal.
    public func keepPersonal() async {
        await bind(.personal, .kept)
    }

    private func bind(_ to: BindTo, _ done: TextKey) async {
        do {
            _ = try await client.bind(request: BindRequest(conversation: chat.id, to: to))
            isDone = true
            notice = wording.texts(done)
        } catch {
            notice = wording.said(error)
        }
    }
}
