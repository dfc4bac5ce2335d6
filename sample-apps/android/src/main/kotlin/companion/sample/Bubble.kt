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
import companion.sdk.Direction
import companion.sdk.Language
import companion.sdk.Message
import companion.sdk.reasonText

/** One message: its text, its time, and how far it came. A screen reader says it in one sentence. */
@Composable
fun Bubble(customer: String, message: Message, waiting: Waiting?, tap: () -> Unit) {
    val own = message.direction == Direction.OUTBOUND
    val author = if (own) stringResource(R.string.you) else message.author?.name ?: customer
    val text = said(message)
    val time = shown(message.sentAt ?: message.receivedAt)
    val state = progress(message, waiting)
    val change = change(message)
    val spoken = listOfNotNull(stringResource(R.string.bubble_spoken, author, text, time), change, state?.let { stateText(it.first, it.second) })
    Column(
        Modifier.fillMaxWidth()
            .clickable(enabled = waiting != null, onClick = tap)
            .heightIn(min = TOUCH)
            .padding(16.dp, 4.dp)
            .clearAndSetSemantics {
                contentDescription = spoken.joinToString("、")
                if (waiting != null) onClick { tap(); true }
            },
        horizontalAlignment = if (own) Alignment.End else Alignment.Start,
    ) { Body(own, author, text, time, change, state) }
}

@Composable
private fun ColumnScope.Body(own: Boolean, author: String, text: String, time: String, change: String?, state: Pair<Mark, String?>?) {
    val colors = MaterialTheme.colorScheme
    Muted(listOfNotNull(author, time, change).joinToString(" · "))
    if (text.isNotEmpty()) {
        Text(
            text,
            Modifier.clip(MaterialTheme.shapes.medium)
                .background(if (own) colors.primaryContainer else colors.outline.copy(alpha = 0.12f))
                .padding(12.dp, 8.dp),
            style = MaterialTheme.typography.bodyLarge,
        )
    }
    if (state != null) StateLine(state.first, state.second)
}

/** State and reason of an own message: where it waits, else what the channel told. */
@Composable
private fun progress(message: Message, waiting: Waiting?): Pair<Mark, String?>? {
    if (waiting != null) return mark(waiting.entry.state) to waiting.reasons.firstOrNull()?.text
    val delivery = message.delivery ?: return null
    return mark(delivery.state) to delivery.code?.let { known(it, language()) }
}

/** The text of a code of ours; a channel's own stays as it is. */
private fun known(code: String, language: Language): String = runCatching { reasonText(code, language).text }.getOrDefault(code)

@Composable
private fun change(message: Message): String? = when {
    message.deletion != null -> stringResource(R.string.unsent)
    message.versions.size > 1 -> stringResource(R.string.edited)
    else -> null
}

@Composable
private fun said(message: Message): String {
    val content = message.content
    return if (content == null || message.deletion != null) "" else contentText(content)
}

@Composable
private fun contentText(content: Content): String {
    val files = content.attachments.map { stringResource(R.string.attachment, it.name ?: content.kind) }
    return (files + listOfNotNull(content.text)).joinToString("\n")
}

/** Why a message waits, since when, and what can be done about it. */
@Composable
fun WaitingDialog(waiting: Waiting, close: () -> Unit, choose: (Choice) -> Unit) = AlertDialog(
    close,
    { TextButton(close, Modifier.heightIn(min = TOUCH)) { Text(stringResource(R.string.close)) } },
    title = { Text(stringResource(mark(waiting.entry.state).word)) },
    text = {
        Column(Modifier.verticalScroll(rememberScrollState()), Arrangement.spacedBy(8.dp)) {
            Details(waiting)
            for (choice in choices(waiting.entry)) {
                Act(stringResource(word(choice, waiting.entry.state)), modifier = Modifier.fillMaxWidth()) { choose(choice) }
            }
        }
    },
)

/** The reasons of an entry and since when they are. */
@Composable
fun Details(waiting: Waiting) {
    for (reason in waiting.reasons) {
        Text(reason.text, style = MaterialTheme.typography.bodyMedium)
        reason.since?.let { Muted(stringResource(R.string.since, shown(it))) }
    }
}
