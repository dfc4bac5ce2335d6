package companion.sample

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.material3.Button
import androidx.compose.material3.Icon
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.delay

/** The least height of what can be touched. */
val TOUCH = 48.dp

/** What is there of [loaded]: its content, a line of progress once it takes long, or that it could not be read. */
@Composable
fun <T> Part(loaded: Loaded<T>, retry: () -> Unit, content: @Composable (T) -> Unit) = when (loaded) {
    is Loaded.Here -> content(loaded.value)
    is Loaded.Failed -> Sentence(told(loaded.error), stringResource(R.string.retry), retry)
    Loaded.Not -> Progress()
}

@Composable
private fun Progress() {
    var long by remember { mutableStateOf(false) }
    LaunchedEffect(Unit) {
        delay(300.milliseconds)
        long = true
    }
    val what = stringResource(R.string.loading)
    if (long) LinearProgressIndicator(Modifier.fillMaxWidth().semantics { contentDescription = what })
}

/** A sentence where there is nothing else, and what can be done. */
@Composable
fun Sentence(text: String, action: String? = null, act: () -> Unit = {}) = Column(
    Modifier.fillMaxWidth().padding(24.dp),
    Arrangement.spacedBy(16.dp),
    Alignment.CenterHorizontally,
) {
    Text(text, style = MaterialTheme.typography.bodyLarge)
    if (action != null) Act(action, onClick = act)
}

/** A button of the least height that a finger finds. */
@Composable
fun Act(text: String, enabled: Boolean = true, modifier: Modifier = Modifier, onClick: () -> Unit) =
    Button(onClick, modifier.heightIn(min = TOUCH), enabled) { Text(text) }

/** What a customer is called. */
@Composable
fun customer(name: String?): String = name ?: stringResource(R.string.customer)

/** A row of a list, which a screen reader says at once. */
@Composable
fun Line(
    title: String,
    text: String? = null,
    end: String? = null,
    icon: Int? = null,
    modifier: Modifier = Modifier,
    endSpoken: String? = end,
    below: @Composable () -> Unit = {},
) = Row(
    modifier.semantics(mergeDescendants = true) {}.fillMaxWidth().heightIn(min = 72.dp).padding(16.dp, 12.dp),
    Arrangement.spacedBy(12.dp),
    Alignment.CenterVertically,
) {
    if (icon != null) Picture(icon, MaterialTheme.colorScheme.primary)
    Column(Modifier.weight(1f)) {
        Text(title, style = MaterialTheme.typography.titleMedium)
        if (text != null) Muted(text)
        below()
    }
    if (end != null) {
        Text(end, Modifier.semantics { contentDescription = endSpoken ?: end }, style = MaterialTheme.typography.bodyMedium)
    }
}

/** A text of the second rank. */
@Composable
fun Muted(text: String) =
    Text(text, style = MaterialTheme.typography.bodyMedium, color = MaterialTheme.colorScheme.onSurfaceVariant)

/** An icon beside a text that says the same. */
@Composable
fun Picture(icon: Int, color: Color = MaterialTheme.colorScheme.onSurface) = Box {
    Icon(painterResource(icon), contentDescription = null, modifier = Modifier.size(20.dp), tint = color)
}

/** Icon and word of a state. */
@Composable
fun StateLine(state: State) = Row(
    horizontalArrangement = Arrangement.spacedBy(4.dp),
    verticalAlignment = Alignment.CenterVertically,
) {
    Picture(state.mark.icon, MaterialTheme.colorScheme.onSurfaceVariant)
    Text(stateText(state), style = MaterialTheme.typography.bodySmall)
}
