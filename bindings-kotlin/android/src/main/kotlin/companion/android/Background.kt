package companion.android

import companion.kit.sync
import companion.sdk.CompanionClient
import companion.sdk.CompanionException
import companion.sdk.SyncReport
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

/** WorkManager stops a worker after ten minutes; what is left stays for the next one. */
private val WORKER = 8.minutes

/** Firebase grants a message about twenty seconds, and less to come back from. */
private val PUSH = 15.seconds

/**
 * Synchronises within the time that WorkManager grants a worker: call it from `CoroutineWorker.doWork`. A stopped worker
 * cancels its coroutine, and with it this call. [SyncReport.complete] says whether anything is left to be done.
 *
 * @throws CompanionException as [CompanionClient.syncOnce]; a worker answers with a retry.
 */
suspend fun CompanionClient.syncFromWorker(): SyncReport = sync(WORKER)

/**
 * Synchronises within the time that a push grants: call it from `FirebaseMessagingService.onMessageReceived`, or from any
 * other service that wakes the app. A wake-up carries no content, so there is nothing to hand over.
 *
 * @throws CompanionException as [CompanionClient.syncOnce]; what was missed comes with the next synchronisation.
 */
suspend fun CompanionClient.syncFromPush(): SyncReport = sync(PUSH)
