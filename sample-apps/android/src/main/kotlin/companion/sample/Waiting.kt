package companion.sample

import companion.kit.wholeQueue
import companion.sdk.CompanionClient
import companion.sdk.Language
import companion.sdk.QueueEntry
import companion.sdk.Reason

/** An entry of the queue and why it is there. */
data class Waiting(val entry: QueueEntry, val reasons: List<Reason>)

/** What waits to be sent, in order, and why. */
suspend fun CompanionClient.waiting(language: Language): List<Waiting> =
    wholeQueue().map { entry -> Waiting(entry, explain("queue:${entry.id}", language)) }
