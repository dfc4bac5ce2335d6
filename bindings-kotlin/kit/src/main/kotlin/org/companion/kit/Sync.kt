package org.companion.kit

import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toJavaDuration
import org.companion.sdk.CancelToken
import org.companion.sdk.CompanionClient
import org.companion.sdk.CompanionException
import org.companion.sdk.SyncOptions
import org.companion.sdk.SyncReport

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
