package companion.sample

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
import companion.sdk.Message

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
fun ChatScreen(customer: String, chat: Loaded<Chat>, draft: String, acts: ChatActs) {
    var tapped by remember { mutableStateOf<Message?>(null) }
    var leaving by remember { mutableStateOf(false) }
    Column {
        TextButton({ leaving = true }, Modifier.heightIn(min = TOUCH).align(Alignment.End)) {
            Text(stringResource(R.string.unbind))
        }
        Part(chat, acts::retry) { here ->
            if (here.messages.isEmpty()) Sentence(stringResource(R.string.no_messages))
            LazyColumn(Modifier.weight(1f).fillMaxWidth(), reverseLayout = true) {
                items(here.messages, { it.key }) { message ->
                    Bubble(customer, message, here.waiting[message.clientMessageId]) { tapped = message }
                }
                if (here.older) item { Older(here.messages.size, acts::older) }
            }
            Composer(customer, here.readOnly, draft, acts)
            tapped?.let { message ->
                val waiting = here.waiting[message.clientMessageId]
                if (waiting != null) {
                    WaitingDialog(waiting, { tapped = null }) { choice ->
                        acts.resolve(waiting, choice)
                        tapped = null
                    }
                }
            }
        }
    }
    if (leaving) {
        AlertDialog(
            { leaving = false },
            { TextButton({ leaving = false; acts.unbind() }) { Text(stringResource(R.string.unbind)) } },
            dismissButton = { TextButton({ leaving = false }) { Text(stringResource(R.string.cancel)) } },
            title = { Text(stringResource(R.string.unbind_ask)) },
            text = { Text(stringResource(R.string.undo)) },
        )
    }
}

/** The end of what is shown of a chat: who comes to it is shown more. */
@Composable
private fun Older(shown: Int, more: () -> Unit) {
    LaunchedEffect(shown) { more() }
    Box(Modifier.fillMaxWidth().padding(16.dp), Alignment.Center) { Muted(stringResource(R.string.loading)) }
}

@Composable
private fun Composer(customer: String, readOnly: String?, draft: String, acts: ChatActs) = Column(Modifier.padding(16.dp, 8.dp)) {
    if (readOnly != null) {
        Text(stringResource(R.string.read_only, readOnly), style = MaterialTheme.typography.bodyMedium)
    }
    OutlinedTextField(
        draft,
        acts::write,
        Modifier.fillMaxWidth(),
        label = { Text(stringResource(R.string.composer, customer)) },
        readOnly = readOnly != null,
    )
    Act(stringResource(R.string.send), readOnly == null && draft.isNotBlank(), Modifier.align(Alignment.End), acts::send)
}
