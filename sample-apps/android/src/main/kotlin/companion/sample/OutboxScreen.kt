package companion.sample

import androidx.compose.foundation.clickable
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource

/** What waits to be sent: state, reason, since when, and by a tap what can be done. */
@Composable
fun OutboxScreen(outbox: Loaded<Outbox>, resolve: (Waiting, Choice) -> Unit, retry: () -> Unit) {
    var tapped by remember { mutableStateOf<Long?>(null) }
    Part(outbox, retry) { here ->
        if (here.waiting.isEmpty()) Sentence(stringResource(R.string.nothing_waits))
        LazyColumn {
            items(here.waiting, { it.entry.id }) { waiting ->
                val mark = mark(waiting.entry.state)
                Line(
                    customer(here.chats[waiting.entry.conversation]?.title),
                    stringResource(mark.word),
                    icon = mark.icon,
                    modifier = Modifier.clickable { tapped = waiting.entry.id },
                ) { Details(waiting) }
            }
        }
        here.waiting.find { it.entry.id == tapped }?.let { waiting ->
            WaitingDialog(waiting, { tapped = null }) { choice ->
                resolve(waiting, choice)
                tapped = null
            }
        }
    }
}
