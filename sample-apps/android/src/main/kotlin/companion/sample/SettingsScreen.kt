package companion.sample

import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import companion.sdk.Diagnostics

/** Whose phone this is to the company, and what support asks for. */
@Composable
fun SettingsScreen(diagnostics: Loaded<Diagnostics>, retry: () -> Unit) = Part(diagnostics, retry) { here ->
    val rows = listOf(
        R.string.enrolment to here.state.enrolment,
        R.string.recorded to here.state.recorded.toString(),
        R.string.key_level to (keyLevelWord(here.keyLevel)?.let { stringResource(it) } ?: here.keyLevel),
        R.string.versions to here.versions,
    )
    LazyColumn {
        item { Line(stringResource(R.string.nothing_until_chosen), icon = R.drawable.work) }
        items(rows) { (name, value) -> Line(stringResource(name), value) }
    }
}
