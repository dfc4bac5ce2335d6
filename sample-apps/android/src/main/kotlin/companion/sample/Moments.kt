package companion.sample

import android.text.format.DateFormat
import androidx.compose.runtime.Composable
import androidx.compose.runtime.compositionLocalOf
import androidx.compose.ui.platform.LocalConfiguration
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.res.stringResource
import companion.sdk.Language
import java.time.Clock
import java.time.Instant
import java.time.LocalDate
import java.time.ZonedDateTime
import java.time.format.DateTimeFormatter
import java.util.Locale

/** What time it is, and in which zone the phone is. */
val LocalClock = compositionLocalOf { Clock.systemDefaultZone() }

/** The language of the app: that of the system, Japanese or English. */
@Composable
fun language(): Language = languageOf(LocalConfiguration.current.locales[0])

/** The core's language for [locale]. */
fun languageOf(locale: Locale): Language = if (locale.language == Locale.JAPANESE.language) Language.JA else Language.EN

/** What stands between the parts of a sentence. */
@Composable
fun separator(): String = when (language()) {
    Language.JA -> "、"
    Language.EN -> ", "
}

/** [at] as people say it: today's by the time, yesterday's with that word, others by the day. */
@Composable
fun shown(at: Instant): String {
    val clock = LocalClock.current
    val there = at.atZone(clock.zone)
    val today = LocalDate.now(clock)
    val time = time(there)
    return when (there.toLocalDate()) {
        today -> time
        today.minusDays(1) -> stringResource(R.string.yesterday, time)
        else -> day(there)
    }
}

/** By 12 or by 24 hours, as the phone is set. */
@Composable
private fun time(at: ZonedDateTime): String = when {
    DateFormat.is24HourFormat(LocalContext.current) -> at.format(DateTimeFormatter.ofPattern("H:mm", Locale.ENGLISH))
    language() == Language.JA -> at.format(DateTimeFormatter.ofPattern("ah:mm", Locale.JAPANESE))
    else -> at.format(DateTimeFormatter.ofPattern("h:mm a", Locale.ENGLISH))
}

@Composable
private fun day(at: ZonedDateTime): String = when (language()) {
    Language.JA -> at.format(DateTimeFormatter.ofPattern("M/d(E)", Locale.JAPANESE))
    Language.EN -> at.format(DateTimeFormatter.ofPattern("EEE d MMM", Locale.ENGLISH))
}
