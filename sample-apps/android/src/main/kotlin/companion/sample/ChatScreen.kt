package companion.sample

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.AlertDialog
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import companion.sdk.RecordKey

/** What can be done on [ChatScreen]. */
interface ChatActs {
    fun write(text: String) = Unit
    fun send() = Unit
    fun resolve(waiting: Waiting, choice: Choice) = Unit
    fun unbind() = Unit
    fun older() = Unit
    fun retry() = Unit
}

/** One work chat: what was said, how far each own message came, and the reply. */
@Composable
fun ChatScreen(name: String?, chat: Loaded<Chat>, draft: String, acts: ChatActs) = Column {
    Leave(acts::unbind, Modifier.align(Alignment.End))
    Part(chat, acts::retry) { here ->
        if (here.messages.isEmpty()) Sentence(stringResource(R.string.no_messages))
        Messages(customer(name), here, acts, Modifier.weight(1f))
        Composer(name, here.readOnly, draft, acts)
    }
}

/** The way out of work, and what stays of it. */
@Composable
private fun Leave(unbind: () -> Unit, modifier: Modifier) {
    var leaving by remember { mutableStateOf(false) }
    TextButton({ leaving = true }, modifier.heightIn(min = TOUCH)) { Text(stringResource(R.string.unbind)) }
    if (leaving) {
        AlertDialog(
            { leaving = false },
            { TextButton({ leaving = false; unbind() }) { Text(stringResource(R.string.unbind)) } },
            dismissButton = { TextButton({ leaving = false }) { Text(stringResource(R.string.cancel)) } },
            title = { Text(stringResource(R.string.unbind_ask)) },
            text = { Text(stringResource(R.string.undo)) },
        )
    }
}

/** What was said, the newest at the bottom; a tap on an own message tells how far it came. */
@Composable
private fun Messages(customer: String, chat: Chat, acts: ChatActs, modifier: Modifier) {
    var tapped by remember { mutableStateOf<RecordKey?>(null) }
    LazyColumn(modifier.fillMaxWidth(), reverseLayout = true) {
        items(chat.messages, { it.key }) { message ->
            Bubble(customer, message, chat.waiting[message.clientMessageId]) { tapped = message.key }
        }
        if (chat.older) item { Older(chat.messages.size, acts::older) }
    }
    val message = chat.messages.find { it.key == tapped } ?: return
    val waiting = chat.waiting[message.clientMessageId]
    val close = { tapped = null }
    if (waiting == null) {
        message.delivery?.let { DeliveryDialog(it, close) }
    } else {
        WaitingDialog(waiting, close) { choice ->
            acts.resolve(waiting, choice)
            close()
        }
    }
}

/** The end of what is shown of a chat: who comes to it is shown more. */
@Composable
private fun Older(shown: Int, more: () -> Unit) {
    LaunchedEffect(shown) { more() }
    Box(Modifier.fillMaxWidth().padding(16.dp), Alignment.Center) { Muted(stringResource(R.string.loading)) }
}

@Composable
private fun Composer(name: String?, readOnly: String?, draft: String, acts: ChatActs) =
    Column(Modifier.padding(16.dp, 8.dp), Arrangement.spacedBy(8.dp)) {
        if (readOnly != null) Text(readOnly(readOnly), style = MaterialTheme.typography.bodyMedium)
        OutlinedTextField(
            draft,
            acts::write,
            Modifier.fillMaxWidth(),
            label = { Text(name?.let { stringResource(R.string.composer, it) } ?: stringResource(R.string.composer_unnamed)) },
            readOnly = readOnly != null,
        )
        Act(stringResource(R.string.send), readOnly == null && draft.isNotBlank(), Modifier.align(Alignment.End), acts::send)
    }
