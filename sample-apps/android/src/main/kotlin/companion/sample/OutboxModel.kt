package companion.sample

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import companion.kit.wholeInbox
import companion.sdk.CompanionClient
import companion.sdk.Conversation
import companion.sdk.Language
import companion.sdk.QueueDecision

/** What waits, in the order in which it goes, and the work chats by key. */
data class Outbox(val waiting: List<Waiting>, val chats: Map<String, Conversation>)

/** Reads the queue and passes on decisions. */
class OutboxModel(private val client: CompanionClient, private val language: () -> Language) {
    /** What there is to show. */
    var outbox: Loaded<Outbox> by mutableStateOf(Loaded.Not)
        private set

    /** Reads it again. */
    suspend fun read() {
        outbox = loaded { Outbox(client.waiting(language()), client.wholeInbox().associateBy { it.key }) }
    }

    /** The chat to which [waiting] belongs. */
    fun chatOf(waiting: Waiting): Conversation? = (outbox as? Loaded.Here)?.value?.chats?.get(waiting.entry.conversation)

    /** Passes the core's word for [choice] on; one that has none changes nothing. */
    suspend fun resolve(waiting: Waiting, choice: Choice) {
        choice.decision?.let { client.resolve(QueueDecision(waiting.entry.id, it)) }
        read()
    }
}
