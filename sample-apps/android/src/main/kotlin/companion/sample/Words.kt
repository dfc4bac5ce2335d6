package companion.sample

import androidx.annotation.DrawableRes
import androidx.annotation.StringRes
import companion.sdk.CompanionException
import companion.sdk.DeliveryState
import companion.sdk.Language
import companion.sdk.QueueEntry
import companion.sdk.reasonText

/** Icon and word of a state: both say the same, without colour. [because] is the word where a reason is known. */
data class Mark(@param:DrawableRes val icon: Int, @param:StringRes val word: Int, @param:StringRes val because: Int? = null)

/** What an employee can do about a message that waits: what the core does for it, if anything, and its word. */
enum class Choice(val decision: String?, @param:StringRes val word: Int) {
    SEND_NOW("send_now", R.string.send_now),
    EDIT("discard", R.string.edit),
    TAKE_BACK("discard", R.string.take_back),
    ARRIVED("mark_delivered", R.string.arrived),
    SEND_AGAIN("send_again", R.string.send_again),
    WAIT(null, R.string.wait),
}

/** What the core offers about [entry], in its order. Who is asked whether a message arrived may also wait. */
fun choices(entry: QueueEntry): List<Choice> {
    val offered = entry.decisions.flatMap { decision -> Choice.entries.filter { it.decision == decision } }
    return if (Choice.SEND_AGAIN in offered) offered + Choice.WAIT else offered
}

/** The word of [choice] about a message in [state]: what could not be sent is tried again. */
@StringRes
fun word(choice: Choice, state: String): Int = if (choice == Choice.SEND_NOW && state == "stuck") R.string.retry else choice.word

/** How a state of the queue is shown. */
fun mark(state: String): Mark = when (state) {
    "queued" -> Mark(R.drawable.queued, R.string.queued)
    "sending" -> Mark(R.drawable.sending, R.string.sending)
    "uncertain" -> Mark(R.drawable.uncertain, R.string.uncertain)
    "held" -> Mark(R.drawable.held, R.string.held, R.string.held_because)
    "stuck" -> Mark(R.drawable.stuck, R.string.stuck, R.string.stuck_because)
    else -> Mark(R.drawable.delivered, R.string.delivered)
}

/** How what the channel told is shown: a tick only once it accepted the message. */
fun mark(delivery: DeliveryState): Mark = when (delivery) {
    DeliveryState.READ, DeliveryState.PLAYED -> Mark(R.drawable.delivered, R.string.read)
    DeliveryState.SENT, DeliveryState.DELIVERED -> Mark(R.drawable.delivered, R.string.delivered)
    DeliveryState.PENDING -> Mark(R.drawable.sending, R.string.sending)
    DeliveryState.FAILED -> Mark(R.drawable.stuck, R.string.stuck, R.string.stuck_because)
}

/** Under what the log holds more about [error]. */
fun incident(error: CompanionException): String =
    (error as? CompanionException.Internal)?.incident ?: error.javaClass.simpleName

/** Why a call was refused, where the core gave a reason. */
fun refusal(error: CompanionException, language: Language): String? = when (error) {
    is CompanionException.NotPermitted -> error.reason
    is CompanionException.Unavailable -> error.reason
    is CompanionException.SignInNeeded -> error.reason
    else -> null
}?.let { reasonText(it, language).text }

/** The word for a part of what the ledger says of a record: an open set, so others stay as they are. */
@StringRes
fun recordWord(word: String): Int? = when (word) {
    "message" -> R.string.message
    "reaction" -> R.string.reaction
    "status" -> R.string.status
    "contact" -> R.string.contact
    "binding" -> R.string.binding
    "link" -> R.string.link
    "created" -> R.string.was_created
    "edited" -> R.string.was_edited
    "deleted" -> R.string.was_deleted
    "redacted" -> R.string.was_redacted
    "accepted" -> R.string.was_accepted
    "bound" -> R.string.was_bound
    "unbound" -> R.string.was_unbound
    else -> null
}
