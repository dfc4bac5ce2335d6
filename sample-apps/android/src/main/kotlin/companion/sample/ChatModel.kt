package companion.sample

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import companion.sdk.BindRequest
import companion.sdk.BindTo
import companion.sdk.CompanionClient
import companion.sdk.CompanionException
import companion.sdk.Conversation
import companion.sdk.Draft
import companion.sdk.Language
import companion.sdk.Message
import companion.sdk.MessageQuery
import companion.sdk.OutboundContent
import companion.sdk.QueueDecision

/** The messages of a chat, newest first, and which of them wait; [readOnly] is why nothing can be written. */
data class Chat(val messages: List<Message>, val waiting: Map<String, Waiting>, val readOnly: String? = null)

/** Reads one chat and passes on what the employee writes and decides. */
class ChatModel(private val client: CompanionClient, val conversation: Conversation, private val language: Language) {
    /** What there is to show. */
    var chat: Loaded<Chat> by mutableStateOf(Loaded.Not)
        private set

    /** What is being written. */
    var draft: String by mutableStateOf("")

    private var readOnly: String? = null

    /** Reads it again. */
    suspend fun read() {
        chat = loaded {
            val waiting = client.waiting(language).associateBy { it.entry.clientMessageId }
            Chat(client.messages(MessageQuery(conversation.key)).messages, waiting, readOnly)
        }
    }

    /** Puts what is written into the queue; it stays in its field where the core refuses it. */
    suspend fun send() {
        try {
            client.send(Draft(conversation.key, OutboundContent.Text(draft, replyTo = null)))
            draft = ""
        } catch (error: CompanionException) {
            readOnly = refusal(error, language) ?: incident(error)
        }
        read()
    }

    /** Does [choice] with a message that waits. Editing takes it back and puts [text] into the field. */
    suspend fun resolve(waiting: Waiting, choice: Choice, text: String?) {
        val decision = choice.decision ?: Choice.TAKE_BACK.decision.takeIf { choice == Choice.EDIT }
        if (decision != null) client.resolve(QueueDecision(waiting.entry.id, decision))
        if (choice == Choice.EDIT) draft = text.orEmpty()
        read()
    }

    /** Makes the chat personal: nothing of it is recorded from now on. */
    suspend fun unbind() {
        client.bind(BindRequest(conversation.source, BindTo.PERSONAL))
    }
}
