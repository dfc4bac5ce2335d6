package companion.sample

import androidx.annotation.DrawableRes
import androidx.annotation.StringRes
import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import companion.sdk.CompanionException
import companion.sdk.Delivery
import companion.sdk.DeliveryState
import companion.sdk.MirrorState
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

/** How what the channel told is shown: it has told nothing yet of what it did not accept. */
fun mark(delivery: DeliveryState): Mark = when (delivery) {
    DeliveryState.READ, DeliveryState.PLAYED -> Mark(R.drawable.delivered, R.string.read)
    DeliveryState.PENDING, DeliveryState.SENT, DeliveryState.DELIVERED -> Mark(R.drawable.delivered, R.string.delivered)
    DeliveryState.FAILED -> Mark(R.drawable.stuck, R.string.stuck, R.string.stuck_because)
}

/** Whether the company has a message: nothing is said while it is on its way. */
fun mark(mirror: MirrorState): Mark? = when (mirror) {
    MirrorState.RECORDED -> Mark(R.drawable.mirrored, R.string.mirrored)
    MirrorState.WAITING -> null
    MirrorState.PARKED -> Mark(R.drawable.parked, R.string.recording_delayed)
}

/** How far a message came, and why it is there. */
data class State(val mark: Mark, val reason: String? = null)

/** How far a message came that waits. */
fun stateOf(waiting: Waiting): State = State(mark(waiting.entry.state), waiting.reasons.firstOrNull()?.text)

/** How far a message came of which the channel told. A code of ours has a text; a channel's own stays as it is. */
@Composable
fun stateOf(delivery: Delivery): State {
    val language = language()
    return State(mark(delivery.state), delivery.code?.let { runCatching { reasonText(it, language).text }.getOrDefault(it) })
}

/** The word of a state, with its reason where its text has a place for one. */
@Composable
fun stateText(state: State): String {
    val because = state.mark.because
    return if (because == null || state.reason == null) stringResource(state.mark.word) else stringResource(because, state.reason)
}

/** Whether [error] is that nobody could be reached. */
fun isOffline(error: CompanionException): Boolean = error is CompanionException.Offline

/** What a person reads where something was not possible: the core's text for its reason, else ours for its kind. */
@Composable
fun told(error: CompanionException): String {
    val reason = reasonOf(error)
    return when {
        reason != null -> reasonText(reason, language()).text
        error is CompanionException.Internal -> stringResource(R.string.not_loaded, error.incident)
        error is CompanionException.NotEnrolled -> stringResource(R.string.not_joined)
        error is CompanionException.NotFound -> stringResource(R.string.gone)
        error is CompanionException.StorageFull -> stringResource(R.string.storage_full)
        else -> stringResource(R.string.not_now)
    }
}

/** That nothing can be written in a chat, and why. */
@Composable
fun readOnly(reason: String): String = stringResource(R.string.read_only, reasonText(reason, language()).text)

/** The core's reason for [error], where it has one. */
fun reasonOf(error: CompanionException): String? = when (error) {
    is CompanionException.SignInNeeded -> error.reason
    is CompanionException.NotPermitted -> error.reason
    is CompanionException.Locked -> error.reason
    is CompanionException.WrongPasscode -> "passcode.wrong"
    is CompanionException.Unavailable -> error.reason
    is CompanionException.RecoveryNeeded -> error.reason
    is CompanionException.UpdateNeeded -> error.reason
    else -> null
}

/** The word for where keys are: an open set, so others stay as they are. */
@StringRes
fun keyLevelWord(level: String): Int? = when (level) {
    "software" -> R.string.key_software
    "trusted_environment" -> R.string.key_trusted_environment
    "secure_element" -> R.string.key_secure_element
    else -> null
}

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
