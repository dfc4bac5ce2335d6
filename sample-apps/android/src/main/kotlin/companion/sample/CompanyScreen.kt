package companion.sample

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
import companion.sdk.LedgerEntry

/** What the company sees: by rule, and by what really left the phone. */
@Composable
fun CompanyScreen(sent: Loaded<Sent>, retry: () -> Unit) = Part(sent, retry) { here ->
    LazyColumn {
        item { Line(stringResource(R.string.seen), stringResource(R.string.seen_what), icon = R.drawable.company) }
        item { Line(stringResource(R.string.not_seen), stringResource(R.string.not_seen_what), icon = R.drawable.personal) }
        item { Line(stringResource(R.string.device_management)) }
        item {
            val way = here.onTheWay.takeIf { it > 0uL }?.let { stringResource(R.string.on_the_way, it.toString()) }
            Text(
                listOfNotNull("${stringResource(R.string.sent_records)}: ${here.recorded}", way).joinToString(" · "),
                Modifier.padding(16.dp, 8.dp).semantics { heading() },
                style = MaterialTheme.typography.titleMedium,
            )
        }
        if (here.entries.isEmpty()) item { Sentence(stringResource(R.string.nothing_sent)) }
        items(here.entries) { entry -> Line(entryText(entry), here.names[entry.conversation], icon = R.drawable.mirrored) }
    }
}

@Composable
private fun entryText(entry: LedgerEntry): String {
    val words = entry.what.split(' ').map { word -> recordWord(word)?.let { stringResource(it) } ?: word }
    val what = listOfNotNull(words.first(), words.drop(1).takeIf { it.isNotEmpty() }?.joinToString(" ", "(", ")"))
    return "${shown(entry.at)} ${stringResource(R.string.to_crm, what.joinToString(" "))}"
}
