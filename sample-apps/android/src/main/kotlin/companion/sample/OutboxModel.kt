package companion.sample

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import companion.sdk.CompanionClient
import companion.sdk.Language
import companion.sdk.QueueDecision

/** What waits, in the order in which it goes, and the customers' names by chat. */
data class Outbox(val waiting: List<Waiting>, val names: Map<String, String>)

/** Reads the queue and passes on decisions. */
class OutboxModel(private val client: CompanionClient, private val language: Language) {
    /** What there is to show. */
    var outbox: Loaded<Outbox> by mutableStateOf(Loaded.Not)
        private set

    /** Reads it again. */
    suspend fun read() {
        outbox = loaded { Outbox(client.waiting(language), client.names()) }
    }

    /** Passes the core's word for [choice] on; one that has none changes nothing. */
    suspend fun resolve(waiting: Waiting, choice: Choice) {
        choice.decision?.let { client.resolve(QueueDecision(waiting.entry.id, it)) }
        read()
    }
}
