package companion.sample

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import companion.kit.wholeInbox
import companion.kit.wholeUndecided
import companion.sdk.AccountRequest
import companion.sdk.BindRequest
import companion.sdk.BindTo
import companion.sdk.CompanionClient
import companion.sdk.Conversation
import companion.sdk.UndecidedConversation

/** The chats of each segment; the core keeps nothing of personal ones. */
data class Chats(val work: List<Conversation>, val undecided: List<UndecidedConversation>)

/** Reads the chats and passes on what the employee decides. */
class ChatsModel(private val client: CompanionClient) {
    /** What there is to show. */
    var chats: Loaded<Chats> by mutableStateOf(Loaded.Not)
        private set

    /** Reads it again. */
    suspend fun read() {
        chats = loaded { Chats(client.wholeInbox(), client.wholeUndecided()) }
    }

    /** Accepts the accounts at which undecided chats wait. */
    suspend fun accept() {
        val waiting = (chats as? Loaded.Here)?.value?.undecided.orEmpty()
        val accounts = waiting.map { AccountRequest(it.conversation.channel, it.conversation.account) }
        accounts.distinct().forEach { client.registerAccount(it) }
        read()
    }

    /** Makes [chat] work or keeps it personal. */
    suspend fun decide(chat: UndecidedConversation, to: BindTo) {
        client.bind(BindRequest(chat.conversation, to))
        read()
    }
}
