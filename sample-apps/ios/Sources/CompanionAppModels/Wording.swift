import Foundation

/// How what the core says becomes words and pictures: errors, states and times. Nothing is decided here.
public struct Wording: Sendable {
    /// The app's own texts.
    public let texts: Texts
    /// The language in which the core answers.
    public let language: Language
    private let zone: TimeZone
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - texts: The app's own texts.
    ///   - language: Theirs.
    ///   - zone: In which times are shown.
    ///   - now: What the phone's clock reads.
    public init(
        texts: Texts, language: Language, zone: TimeZone = .current, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.texts = texts
        self.language = language
        self.zone = zone
        self.now = now
    }

    /// What a person reads where something cannot be done: the core's text for its reason, else the app's for its kind.
    ///
    /// - Parameters:
    ///   - error: What a call threw.
    ///   - waiting: How many messages wait meanwhile.
    public func said(_ error: any Error, waiting: UInt64) -> String {
        guard let error = error as? CompanionError else { return texts(.notNow) }
        switch error {
        case .SignInNeeded(let reason), .NotPermitted(let reason), .Locked(let reason),
            .Unavailable(let reason), .RecoveryNeeded(let reason), .UpdateNeeded(let reason):
            return (try? reasonText(code: reason, language: language).text) ?? texts(.notNow)
        case .WrongPasscode: return (try? reasonText(code: "passcode.wrong", language: language).text) ?? texts(.notNow)
        case .Internal(let incident): return texts(.notLoaded, incident)
        case .Offline: return texts(.offline, "\(waiting)")
        case .NotEnrolled: return texts(.notJoined)
        case .InvalidInput, .Cancelled: return texts(.notNow)
        case .NotFound: return texts(.gone)
        case .StorageFull: return texts(.storageFull)
        case .Closed: return texts(.closed)
        }
    }

    func said(_ error: any Error) -> String { said(error, waiting: 0) }

    /// A time as far as it is needed: `8:50`, `昨日 18:20`, `11/20(金)` or `Fri 20 Nov`.
    public func time(_ at: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let clock = formatted(at, "H:mm")
        let days = calendar.dateComponents(
            [.day], from: calendar.startOfDay(for: at), to: calendar.startOfDay(for: now()))
        switch days.day {
        case 0: return clock
        case 1: return texts(.yesterday, clock)
        default: return formatted(at, language == .ja ? "M/d(EEE)" : "EEE d MMM")
        }
    }

    /// The picture and the word of a state of the queue. Both say the same, without colour.
    func mark(_ state: String, because reason: String?) -> Mark {
        switch state {
        case "queued": Mark(symbol: "clock", word: texts(.queued))
        case "sending": Mark(symbol: "arrow.up.circle", word: texts(.sending))
        case "uncertain": Mark(symbol: "questionmark.circle", word: texts(.uncertain))
        case "held": Mark(symbol: "pause.circle", word: reason.map { texts(.heldBecause, $0) } ?? texts(.held))
        case "stuck":
            Mark(symbol: "exclamationmark.triangle", word: reason.map { texts(.stuckBecause, $0) } ?? texts(.stuck))
        default: Mark(symbol: "checkmark", word: texts(.delivered))
        }
    }

    /// The picture and the word of what the channel told of an own message.
    func mark(_ delivery: Delivery) -> Mark {
        switch delivery.state {
        case .pending, .sent, .delivered: Mark(symbol: "checkmark", word: texts(.delivered))
        case .read, .played: Mark(symbol: "eye", word: texts(.read))
        case .failed:
            Mark(
                symbol: "exclamationmark.triangle",
                word: texts(.stuckBecause, delivery.code.map(reason) ?? texts(.notNow)))
        }
    }

    /// The picture and the word of whether the company has a message.
    func mark(_ mirror: MirrorState) -> Mark? {
        switch mirror {
        case .recorded: Mark(symbol: "checkmark.icloud", word: texts(.mirrored))
        case .waiting: nil
        case .parked: Mark(symbol: "exclamationmark.icloud", word: texts(.recordingDelayed))
        }
    }

    /// A record's kind and change, such as `message created`. Both are open sets.
    func record(_ what: String) -> String {
        let words = what.split(separator: " ").map(String.init)
        let kind = words.first.map { Self.records[$0].map { texts($0) } ?? $0 } ?? what
        let change = words.dropFirst().first.map { Self.changes[$0].map { texts($0) } ?? $0 }
        return change.map { "\(kind) (\($0))" } ?? kind
    }

    /// How well the keys are kept.
    func keyLevel(_ level: String) -> String {
        Self.keyLevels[level].map { texts($0) } ?? level
    }

    /// Parts as one sentence.
    func sentence(_ parts: [String]) -> String {
        let separator = language == .ja ? "、" : ", "
        return parts.filter { !$0.isEmpty }.joined(separator: separator) + (language == .ja ? "。" : ".")
    }

    /// What the core offers to decide about a message, as its buttons say it. What can be taken back can be written anew,
    /// and what may have arrived can be left so.
    func choices(_ entry: QueueEntry) -> [Choice] {
        entry.decisions.flatMap { decision -> [Choice] in
            switch decision {
            case "send_now": [Choice(word: entry.state == "stuck" ? .retry : .sendNow, decision: decision)]
            case "discard": [.edit, Choice(word: .takeBack, decision: decision)]
            case "mark_delivered": [Choice(word: .arrived, decision: decision)]
            case "send_again": [Choice(word: .sendAgain, decision: decision), .wait]
            default: []
            }
        }
    }

    /// The core's text for a code, or the code where it is the channel's own.
    func reason(_ code: String) -> String {
        (try? reasonText(code: code, language: language).text) ?? code
    }

    private static let records: [String: TextKey] = [
        "message": .message, "reaction": .reaction, "status": .status, "contact": .contact, "binding": .binding,
        "link": .link,
    ]

    private static let keyLevels: [String: TextKey] = [
        "software": .keySoftware, "trusted_environment": .keyTrustedEnvironment, "secure_element": .keySecureElement,
    ]

    private static let changes: [String: TextKey] = [
        "created": .wasCreated, "edited": .wasEdited, "deleted": .wasDeleted, "redacted": .wasRedacted,
        "accepted": .wasAccepted, "bound": .wasBound, "unbound": .wasUnbound,
    ]

    private func formatted(_ at: Date, _ format: String) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: language == .ja ? "ja_JP" : "en_GB")
        formatter.timeZone = zone
        formatter.dateFormat = format
        return formatter.string(from: at)
    }
}

/// A picture and its word.
public struct Mark: Hashable, Sendable {
    /// The name of one of Apple's symbols.
    public let symbol: String
    /// What it says.
    public let word: String
}

/// What can be done about a message that is not delivered.
public struct Choice: Hashable, Sendable {
    /// What its button says.
    public let word: TextKey
    /// The core's word for it; none where nothing changes.
    public let decision: String?

    /// Leaves everything as it is.
    static let wait = Choice(word: .wait, decision: nil)

    /// Takes the message back and writes it anew.
    static let edit = Choice(word: .edit, decision: "discard")
}
