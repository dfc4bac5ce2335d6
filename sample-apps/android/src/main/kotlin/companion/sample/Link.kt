package companion.sample

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import companion.kit.sync
import companion.sdk.CompanionClient
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.delay

/** Synchronises while the app is in front, and says whether that works. */
class Link(private val client: CompanionClient) {
    /** Whether it failed for some seconds: never said at the first try. */
    var offline: Boolean by mutableStateOf(false)
        private set

    /** How many messages wait. */
    var waiting: ULong by mutableStateOf(0uL)
        private set

    /** Synchronises again and again until it is cancelled. */
    suspend fun keep() {
        var failed = false
        while (true) {
            val synced = loaded { client.sync(wait = 20.seconds) }
            offline = failed && synced is Loaded.Failed
            failed = synced is Loaded.Failed
            (loaded { client.state() } as? Loaded.Here)?.let { waiting = it.value.waitingMessages }
            if (failed) delay(3.seconds)
        }
    }
}
