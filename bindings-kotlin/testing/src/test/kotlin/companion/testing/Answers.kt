package companion.testing

import companion.sdk.ChangeHint
import companion.sdk.ClientState
import companion.sdk.CompanionException
import companion.sdk.Conversation
import companion.sdk.ConversationRef
import companion.sdk.Diagnostics
import companion.sdk.IngestReport
import companion.sdk.JournalEntry
import companion.sdk.LedgerEntry
import companion.sdk.Message
import companion.sdk.Notice
import companion.sdk.QueueEntry
import companion.sdk.Reason
import companion.sdk.SendTicket
import companion.sdk.SyncReport
import companion.sdk.UndecidedConversation

// What a phone says of the values of the API, as maps for JSON. What is null is left out there.

internal fun ConversationRef.told() =
    mapOf("channel" to channel, "account" to account, "conversation" to conversation)

internal fun UndecidedConversation.told() =
    mapOf("conversation" to conversation.told(), "name" to name, "items" to items.toLong())

internal fun Conversation.told() = mapOf(
    "key" to key,
    "source" to source.told(),
    "title" to title,
    "preview" to preview,
    "unread" to unread.toLong(),
    "read_only" to readOnly,
)

internal fun Message.told() = mapOf(
    "key" to key,
    "source_id" to sourceId,
    "client_message_id" to clientMessageId,
    "origin" to origin.told(),
    "direction" to direction.told(),
    "author" to author?.name,
    "kind" to content?.kind,
    "text" to content?.text,
    "versions" to versions.map { it.content.text },
    "reply_to" to replyTo,
    "deleted" to deletion?.why?.told(),
    "reactions" to reactions.map { it.emoji },
    "delivery" to delivery?.state?.told(),
    "code" to delivery?.code,
    "mirror" to mirror.told(),
)

internal fun SendTicket.told() = mapOf("client_message_id" to clientMessageId, "message" to message)

internal fun QueueEntry.told() = mapOf(
    "id" to id,
    "client_message_id" to clientMessageId,
    "conversation" to conversation,
    "state" to state,
    "reason" to reason,
    "detail" to detail,
    "attempts" to attempts.toLong(),
    "decisions" to decisions,
)

internal fun Reason.told() = mapOf("code" to code, "source" to source, "ends_by" to endsBy, "text" to text)

internal fun Notice.told() = mapOf("code" to code)

internal fun ChangeHint.told() = when (this) {
    is ChangeHint.Inbox -> "inbox"
    is ChangeHint.Conversation -> "conversation $key"
    is ChangeHint.Queue -> "queue"
    is ChangeHint.Undecided -> "undecided"
    is ChangeHint.Account -> "account"
    is ChangeHint.Lock -> "lock"
    is ChangeHint.Everything -> "everything"
}

internal fun IngestReport.told() = mapOf(
    "work" to work.toLong(),
    "known" to known.toLong(),
    "undecided" to undecided.toLong(),
    "denied" to denied.toLong(),
    "ignored" to ignored.toLong(),
    "rejected" to rejected.toLong(),
)

internal fun LedgerEntry.told() = mapOf("record" to record, "what" to what, "conversation" to conversation)

internal fun JournalEntry.told() = mapOf("n" to n.toLong(), "e" to e, "code" to code, "by" to by)

internal fun ClientState.told() = mapOf(
    "enrolment" to enrolment,
    "phase" to phase,
    "lock" to lock,
    "waiting_messages" to waitingMessages.toLong(),
    "undelivered" to undelivered.toLong(),
    "parked" to parked.toLong(),
    "undecided" to undecided.toLong(),
    "recorded" to recorded.toLong(),
    "broken_accounts" to brokenAccounts,
)

internal fun Diagnostics.told() = mapOf("inbox_seq" to inboxSeq.toLong())

internal fun SyncReport.told() = mapOf(
    "received" to received.toLong(),
    "handed_over" to handedOver.toLong(),
    "sent" to sent.toLong(),
    "checkpoints" to checkpoints.toLong(),
    "complete" to complete,
)

internal fun CompanionException.told() = mapOf("kind" to javaClass.simpleName) + when (this) {
    is CompanionException.SignInNeeded -> mapOf("reason" to reason)
    is CompanionException.NotPermitted -> mapOf("reason" to reason)
    is CompanionException.Locked -> mapOf("reason" to reason)
    is CompanionException.WrongPasscode ->
        mapOf("tries_left" to triesLeft.toLong(), "retry_at_ms" to retryAt?.toEpochMilli())
    is CompanionException.Unavailable -> mapOf("reason" to reason)
    is CompanionException.RecoveryNeeded -> mapOf("reason" to reason)
    is CompanionException.UpdateNeeded -> mapOf("reason" to reason)
    is CompanionException.InvalidInput -> mapOf("place" to place, "code" to code)
    is CompanionException.Internal -> mapOf("incident" to incident)
    else -> emptyMap()
}

private fun Enum<*>.told() = name.lowercase()
