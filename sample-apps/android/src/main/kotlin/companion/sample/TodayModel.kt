package companion.sample

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import companion.kit.wholeInbox
import companion.kit.wholeQueue
import companion.sdk.CompanionClient
import companion.sdk.Conversation

/** Work chats with unread messages, how many messages are in each state of the queue, and how many records are parked. */
data class Today(val waiting: List<Conversation>, val queue: Map<String, Int>, val parked: ULong)

/** Reads what today asks for. */
class TodayModel(private val client: CompanionClient) {
    /** What there is to show. */
    var today: Loaded<Today> by mutableStateOf(Loaded.Not)
        private set

    /** Reads it again. */
    suspend fun read() {
        today = loaded {
            val waiting = client.wholeInbox().filter { it.unread > 0u }
            Today(waiting, client.wholeQueue().groupingBy { it.state }.eachCount(), client.state().parked)
        }
    }
}
