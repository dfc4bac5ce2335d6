package companion.sample

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import companion.sdk.Conversation

/** Who waits, and what needs a decision. */
@Composable
fun TodayScreen(today: Loaded<Today>, open: (Conversation) -> Unit, outbox: () -> Unit, retry: () -> Unit) =
    Part(today, retry) { here ->
        LazyColumn {
            item {
                Text(
                    if (here.waiting.isEmpty()) stringResource(R.string.nobody_waits)
                    else stringResource(R.string.waiting_people, here.waiting.size.toString()),
                    Modifier.padding(16.dp).semantics { heading() },
                    style = MaterialTheme.typography.titleLarge,
                )
            }
            items(here.waiting, { it.key }) { ChatLine(it, open) }
            items(here.queue.entries.toList(), { it.key }) { (state, count) ->
                val mark = mark(state)
                val tap = Modifier.clickable(onClick = outbox)
                Line(stringResource(mark.word), end = count.toString(), icon = mark.icon, modifier = tap)
            }
            if (here.parked > 0uL) {
                item { Line(stringResource(R.string.recording_delayed), end = here.parked.toString(), icon = R.drawable.parked) }
            }
        }
    }
