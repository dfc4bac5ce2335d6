package companion.android

import android.util.Log
import companion.sdk.LogLevel
import companion.sdk.LogLine
import companion.sdk.LogSink

/**
 * Writes the core's log to logcat: hand it to [companion.sdk.setLogSink] in `Application.onCreate`. No line holds content,
 * names or numbers.
 *
 * @param tag what logcat shows before each line.
 */
class LogcatSink(private val tag: String = "companion") : LogSink {
    override fun write(line: LogLine) {
        Log.println(line.level.priority, tag, "${line.target}: ${line.text}")
    }
}

private val LogLevel.priority: Int
    get() = when (this) {
        LogLevel.ERROR -> Log.ERROR
        LogLevel.WARN -> Log.WARN
        LogLevel.INFO -> Log.INFO
        LogLevel.DEBUG -> Log.DEBUG
    }
