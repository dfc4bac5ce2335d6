package companion.sample

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.selection.toggleable
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Checkbox
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import companion.sdk.UndecidedConversation

/** Asks whether a chat becomes work. Nothing is chosen beforehand: what was said so far goes along, so it is ticked first. */
@Composable
fun BindSheet(chat: UndecidedConversation, makeWork: () -> Unit, close: () -> Unit) {
    var along by remember(chat) { mutableStateOf(false) }
    Column(
        Modifier.fillMaxWidth().verticalScroll(rememberScrollState()).padding(24.dp),
        Arrangement.spacedBy(12.dp),
    ) {
        Text(
            stringResource(R.string.bind_ask),
            Modifier.semantics { heading() },
            style = MaterialTheme.typography.titleLarge,
        )
        Text(customer(chat.name), style = MaterialTheme.typography.titleMedium)
        Row(
            Modifier.fillMaxWidth().heightIn(min = TOUCH).toggleable(along, role = Role.Checkbox) { along = it },
            verticalAlignment = Alignment.CenterVertically,
        ) {
            Checkbox(along, onCheckedChange = null, Modifier.padding(end = 12.dp))
            Text(stringResource(R.string.so_far, chat.items.toString()), style = MaterialTheme.typography.bodyLarge)
        }
        Text(stringResource(R.string.who_sees, chat.conversation.account), style = MaterialTheme.typography.bodyMedium)
        Muted(stringResource(R.string.undo))
        Act(stringResource(R.string.make_work), enabled = along, Modifier.fillMaxWidth(), makeWork)
        TextButton(close, Modifier.fillMaxWidth().heightIn(min = TOUCH)) { Text(stringResource(R.string.cancel)) }
    }
}
