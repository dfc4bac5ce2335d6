@_exported import CompanionKit
import Foundation

/// The app's texts in one language. `sample-apps/texts.json` holds them for every phone.
public struct Texts: Sendable {
    private let format: @Sendable (String) -> String

    /// - Parameter format: The text of a key, with `%1$@` and so on in the places of its values.
    public init(format: @escaping @Sendable (String) -> String) {
        self.format = format
    }

    /// The text of `key` with its values.
    public func callAsFunction(_ key: TextKey, _ values: String...) -> String {
        var text = format(key.rawValue)
        for (index, value) in values.enumerated() {
            text = text.replacingOccurrences(of: "%\(index + 1)$@", with: Self.isolated(value))
        }
        return text
    }

    /// A value that is written from the right, such as a name, so marked that what stands beside it keeps its place.
    static func isolated(_ value: String) -> String {
        let isFromTheRight = value.unicodeScalars.contains { letter in
            rightToLeft.contains { $0.contains(letter.value) }
        }
        return isFromTheRight ? "\u{2068}\(value)\u{2069}" : value
    }

    /// Where Unicode keeps the letters that are written from the right.
    private static let rightToLeft: [ClosedRange<UInt32>] = [
        0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF, 0x10800...0x10FFF, 0x1E800...0x1EFFF,
    ]
}

/// The keys of all texts that the app shows.
public enum TextKey: String, CaseIterable, Sendable {
    case account
    case accountAdded = "account_added"
    case addAccount = "add_account"
    case arrived
    case attachment
    case before
    case binding
    case bindAsk = "bind_ask"
    case bound
    case cancel
    case channel
    case chats
    case close
    case closed
    case companySees = "company_sees"
    case composer
    case composerUnnamed = "composer_unnamed"
    case contact
    case customer
    case decide
    case delivered
    case deviceManagement = "device_management"
    case earlier
    case edit
    case edited
    case enrolment
    case gone
    case held
    case heldBecause = "held_because"
    case keepAsk = "keep_ask"
    case keepPersonal = "keep_personal"
    case keyLevel = "key_level"
    case keySecureElement = "key_secure_element"
    case keySoftware = "key_software"
    case keyTrustedEnvironment = "key_trusted_environment"
    case kept
    case link
    case loading
    case makeWork = "make_work"
    case message
    case mirrored
    case nobodyWaits = "nobody_waits"
    case noMessages = "no_messages"
    case noWorkChats = "no_work_chats"
    case notJoined = "not_joined"
    case notLoaded = "not_loaded"
    case notNow = "not_now"
    case notSeen = "not_seen"
    case notSeenWhat = "not_seen_what"
    case nothingSent = "nothing_sent"
    case nothingUndecided = "nothing_undecided"
    case nothingUntilChosen = "nothing_until_chosen"
    case nothingWaits = "nothing_waits"
    case offline
    case onTheWay = "on_the_way"
    case outbox
    case personal
    case personalNever = "personal_never"
    case queued
    case reaction
    case read
    case readOnly = "read_only"
    case recorded
    case recordingDelayed = "recording_delayed"
    case retry
    case seen
    case seenWhat = "seen_what"
    case send
    case sendAgain = "send_again"
    case sendNow = "send_now"
    case sending
    case sentRecords = "sent_records"
    case settings
    case since
    case soFar = "so_far"
    case status
    case storageFull = "storage_full"
    case stuck
    case stuckBecause = "stuck_because"
    case takeBack = "take_back"
    case toCrm = "to_crm"
    case today
    case unbind
    case unbindAsk = "unbind_ask"
    case unbound
    case uncertain
    case undecided
    case undo
    case unread
    case unsent
    case versions
    case wait
    case waitingPeople = "waiting_people"
    case wasAccepted = "was_accepted"
    case wasBound = "was_bound"
    case wasCreated = "was_created"
    case wasDeleted = "was_deleted"
    case wasEdited = "was_edited"
    case wasRedacted = "was_redacted"
    case wasUnbound = "was_unbound"
    case whoSees = "who_sees"
    case work
    case yesterday
    case you
}
