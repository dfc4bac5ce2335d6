package companion.kit

import companion.sdk.CancelToken
import companion.sdk.CompanionClient
import companion.sdk.CompanionException
import companion.sdk.SyncOptions
import companion.sdk.SyncReport
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toJavaDuration

/**
 * Synchronises once: at a push, in the foreground, when the connection comes back, from a background task. Cancelling the
 * coroutine ends it; every step is done or not begun.
 *
 * @param deadline no new request starts after so long.
 * @param wait so long the gateway may hold the request while nothing is new.
 * @throws CompanionException as [CompanionClient.syncOnce].
 */
suspend fun CompanionClient.sync(
    deadline: Duration = 25.seconds,
    wait: Duration = Duration.ZERO,
): SyncReport = CancelToken().use { token ->
    syncOnce(SyncOptions(deadline.toJavaDuration(), wait.toJavaDuration()), token)
}
