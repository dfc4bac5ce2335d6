import CompanionTesting
import Foundation

// The values of the public API as JSON: members in the protocol's words, what is absent left out. The cases of plain enums
// are named as the protocol names them.

/// An answer as one line.
func line(_ answer: [String: Any]) throws -> Data {
    try JSONSerialization.data(withJSONObject: answer) + Data("\n".utf8)
}

extension ConversationRef {
    var told: [String: Any] { ["channel": channel, "account": account, "conversation": conversation] }
}

extension UndecidedConversation {
    var told: [String: Any] { present(["conversation": conversation.told, "name": name, "items": items]) }
}

extension Conversation {
    var told: [String: Any] {
        present([
            "key": key,
            "source": source.told,
            "title": title,
            "preview": preview,
            "unread": unread,
            "read_only": readOnly,
        ])
    }
}

extension Message {
    var told: [String: Any] {
        present([
            "key": key,
            "source_id": sourceId,
            "client_message_id": clientMessageId,
            "origin": "\(origin)",
            "direction": "\(direction)",
            "author": author?.name,
            "kind": content?.kind,
            "text": content?.text,
            "versions": versions.map { $0.content.text ?? NSNull() as Any },
            "reply_to": replyTo,
            "deleted": deletion.map { "\($0.why)" },
            "reactions": reactions.map(\.emoji),
            "delivery": delivery.map { "\($0.state)" },
            "code": delivery?.code,
            "mirror": "\(mirror)",
        ])
    }
}

extension SendTicket {
    var told: [String: Any] { present(["client_message_id": clientMessageId, "message": message]) }
}

extension QueueEntry {
    var told: [String: Any] {
        present([
            "id": id,
            "client_message_id": clientMessageId,
            "conversation": conversation,
            "state": state,
            "reason": reason,
            "detail": detail,
            "attempts": attempts,
            "decisions": decisions,
        ])
    }
}

extension Reason {
    var told: [String: Any] { ["code": code, "source": source, "ends_by": endsBy, "text": text] }
}

extension IngestReport {
    var told: [String: Any] {
        [
            "work": work, "known": known, "undecided": undecided, "denied": denied, "ignored": ignored,
            "rejected": rejected,
        ]
    }
}

extension LedgerEntry {
    var told: [String: Any] { ["record": record, "what": what, "conversation": conversation] }
}

extension JournalEntry {
    var told: [String: Any] { ["n": n, "e": e, "code": code, "by": by] }
}

extension ClientState {
    var told: [String: Any] {
        [
            "enrolment": enrolment,
            "phase": phase,
            "lock": lock,
            "waiting_messages": waitingMessages,
            "undelivered": undelivered,
            "parked": parked,
            "undecided": undecided,
            "recorded": recorded,
            "broken_accounts": brokenAccounts,
        ]
    }
}

extension SyncReport {
    var told: [String: Any] {
        [
            "received": received, "handed_over": handedOver, "sent": sent, "checkpoints": checkpoints,
            "complete": complete,
        ]
    }
}

extension ChangeHint {
    var told: String {
        switch self {
        case .conversation(let key): "conversation \(key)"
        default: "\(self)"
        }
    }
}

extension CompanionError {
    var told: [String: Any] {
        switch self {
        case .NotEnrolled, .Offline, .NotFound, .StorageFull, .Closed, .Cancelled: ["kind": "\(self)"]
        case .SignInNeeded(let reason): ["kind": "SignInNeeded", "reason": reason]
        case .Locked(let reason): ["kind": "Locked", "reason": reason]
        case .WrongPasscode(let triesLeft, let retryAt):
            present(["kind": "WrongPasscode", "tries_left": triesLeft, "retry_at_ms": retryAt?.ms])
        case .NotPermitted(let reason): ["kind": "NotPermitted", "reason": reason]
        case .Unavailable(let reason): ["kind": "Unavailable", "reason": reason]
        case .RecoveryNeeded(let reason): ["kind": "RecoveryNeeded", "reason": reason]
        case .UpdateNeeded(let reason): ["kind": "UpdateNeeded", "reason": reason]
        case .InvalidInput(let place, let code): ["kind": "InvalidInput", "place": place, "code": code]
        case .Internal(let incident): ["kind": "Internal", "incident": incident]
        }
    }
}

extension Date {
    fileprivate var ms: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }
}

/// Only the members that are there.
private func present(_ members: [String: Any?]) -> [String: Any] {
    members.compactMapValues { $0 }
}
