package companion.sample

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import companion.kit.sync
import companion.sdk.CompanionClient
import companion.sdk.CompanionException
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.delay

/** Synchronises while the app is in front, and says whether that works. */
class Link(private val client: CompanionClient) {
    /** Why it goes on failing: never said at the first try. */
    var trouble: CompanionException? by mutableStateOf(null)
        private set

    /** How many messages wait. */
    var waiting: ULong by mutableStateOf(0uL)
        private set

    private var failed = false

    /** Synchronises again and again until it is cancelled. */
    suspend fun keep() {
        while (true) {
            synchronise()
            if (failed) delay(3.seconds)
        }
    }

    /** After a failure the gateway holds no request, since its answer is the news. */
    private suspend fun synchronise() {
        val synced = loaded { client.sync(wait = if (failed) Duration.ZERO else 20.seconds) }
        val error = (synced as? Loaded.Failed)?.error
        trouble = error.takeIf { failed }
        failed = error != null
        (loaded { client.state() } as? Loaded.Here)?.let { waiting = it.value.waitingMessages }
    }
}
