package companion.sample

import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.AlertDialog
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.onClick
import androidx.compose.ui.unit.dp
import companion.sdk.Content
import companion.sdk.Delivery
import companion.sdk.Direction
import companion.sdk.Message

/** One message: its text, its time, and how far it came. A screen reader says it in one sentence. */
@Composable
fun Bubble(customer: String, message: Message, waiting: Waiting?, tap: () -> Unit) {
    val own = message.direction == Direction.OUTBOUND
    val author = if (own) stringResource(R.string.you) else message.author?.name ?: customer
    val text = textOf(message)
    val time = shown(message.sentAt ?: message.receivedAt)
    val change = changeOf(message)
    val state = if (waiting != null) stateOf(waiting) else message.delivery?.let { stateOf(it) }
    val recorded = mark(message.mirror)?.let(::State)
    val sentence = stringResource(R.string.bubble_spoken, author, text, time)
    val spoken = listOfNotNull(sentence, change, state?.let { stateText(it) }, recorded?.let { stateText(it) }).joinToString(separator())
    Column(
        Modifier.fillMaxWidth()
            .clickable(enabled = state != null, onClick = tap)
            .heightIn(min = TOUCH)
            .padding(start = if (own) 64.dp else 16.dp, top = 4.dp, end = if (own) 16.dp else 64.dp, bottom = 4.dp)
            .clearAndSetSemantics {
                contentDescription = spoken
                if (state != null) onClick { tap(); true }
            },
        horizontalAlignment = if (own) Alignment.End else Alignment.Start,
    ) {
        Muted(listOfNotNull(author, time, change).joinToString(" · "))
        if (text.isNotEmpty()) Said(text, own)
        if (state != null) StateLine(state)
        if (recorded != null) StateLine(recorded)
    }
}

@Composable
private fun Said(text: String, own: Boolean) {
    val colors = MaterialTheme.colorScheme
    Text(
        text,
        Modifier.clip(MaterialTheme.shapes.medium)
            .background(if (own) colors.primaryContainer else colors.outline.copy(alpha = 0.12f))
            .padding(12.dp, 8.dp),
        style = MaterialTheme.typography.bodyLarge,
    )
}

@Composable
private fun changeOf(message: Message): String? = when {
    message.deletion != null -> stringResource(R.string.unsent)
    message.versions.size > 1 -> stringResource(R.string.edited)
    else -> null
}

/** What a message says; nothing once it was removed. */
@Composable
private fun textOf(message: Message): String =
    if (message.deletion != null) "" else message.content?.let { contentText(it) }.orEmpty()

@Composable
private fun contentText(content: Content): String {
    val files = content.attachments.map { stringResource(R.string.attachment, it.name ?: content.kind) }
    return (files + listOfNotNull(content.text)).joinToString("\n")
}

/** Why a message waits, since when, and what can be done about it. */
@Composable
fun WaitingDialog(waiting: Waiting, close: () -> Unit, choose: (Choice) -> Unit) = StateDialog(stateOf(waiting), close) {
    Details(waiting)
    for (choice in choices(waiting.entry)) {
        Act(stringResource(word(choice, waiting.entry.state)), modifier = Modifier.fillMaxWidth()) { choose(choice) }
    }
}

/** What the channel told of a message, and when. */
@Composable
fun DeliveryDialog(delivery: Delivery, close: () -> Unit) {
    val state = stateOf(delivery)
    StateDialog(state, close) {
        state.reason?.let { Text(it) }
        Muted(shown(delivery.at))
    }
}

@Composable
private fun StateDialog(state: State, close: () -> Unit, details: @Composable ColumnScope.() -> Unit) = AlertDialog(
    close,
    { TextButton(close, Modifier.heightIn(min = TOUCH)) { Text(stringResource(R.string.close)) } },
    title = { Text(stringResource(state.mark.word)) },
    text = { Column(Modifier.verticalScroll(rememberScrollState()), Arrangement.spacedBy(8.dp), content = details) },
)

/** The reasons of an entry and since when they are. */
@Composable
fun Details(waiting: Waiting) {
    for (reason in waiting.reasons) {
        Text(reason.text, style = MaterialTheme.typography.bodyMedium)
        reason.since?.let { Muted(stringResource(R.string.since, shown(it))) }
    }
}
