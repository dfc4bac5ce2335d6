package companion.sample

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateMapOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import companion.kit.messagePages
import companion.sdk.BindRequest
import companion.sdk.BindTo
import companion.sdk.CompanionClient
import companion.sdk.CompanionException
import companion.sdk.Conversation
import companion.sdk.Draft
import companion.sdk.Language
import companion.sdk.Message
import companion.sdk.OutboundContent
import companion.sdk.Page
import companion.sdk.QueueDecision
import companion.sdk.RecordKey
import kotlinx.coroutines.flow.firstOrNull
import kotlinx.coroutines.flow.mapNotNull
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList

/**
 * The messages of a chat, newest first, and which of them wait; [readOnly] is the reason why nothing can be written, and
 * [older] whether there are more.
 */
data class Chat(
    val messages: List<Message>,
    val waiting: Map<String, Waiting>,
    val readOnly: String? = null,
    val older: Boolean = false,
)

/** Reads one chat and passes on what the employee writes and decides; [drafts] has what is being written in each chat. */
class ChatModel(
    private val client: CompanionClient,
    val conversation: Conversation,
    private val drafts: MutableMap<RecordKey, String> = mutableStateMapOf(),
    private val language: () -> Language,
) {
    /** What there is to show. */
    var chat: Loaded<Chat> by mutableStateOf(Loaded.Not)
        private set

    /** What is being written. */
    var draft: String
        get() = drafts[conversation.key].orEmpty()
        set(text) { drafts[conversation.key] = text }

    private var shown = 1

    /** Reads it again, as far back as it is shown. */
    suspend fun read(): Unit = read(refused = null)

    private suspend fun read(refused: String?) {
        chat = loaded {
            val waiting = client.waiting(language()).associateBy { it.entry.clientMessageId }
            val pages = client.messagePages(conversation.key).take(shown).toList()
            Chat(pages.flatMap { it.messages }, waiting, refused ?: notWork(), older = pages.last().next != null)
        }
    }

    /** Why the core would refuse a reply, where it already says so. */
    private suspend fun notWork(): String? =
        (client.inbox(Page()).items.find { it.key == conversation.key } ?: conversation).readOnly

    /** Shows a page more. */
    suspend fun older() {
        shown += 1
        read()
    }

    /** Puts what is written into the queue, once. Where the core refuses it, it is in its field again. */
    suspend fun send() {
        val text = draft
        if (text.isBlank()) return
        draft = ""
        try {
            client.send(Draft(conversation.key, OutboundContent.Text(text, replyTo = null)))
            read()
        } catch (error: CompanionException) {
            before(text)
            read(refused = reasonOf(error) ?: throw error)
        }
    }

    /** Does [choice] with a message that waits. Editing takes it back and puts its text into the field. */
    suspend fun resolve(waiting: Waiting, choice: Choice) {
        val text = if (choice == Choice.EDIT) textOf(waiting) else null
        choice.decision?.let { client.resolve(QueueDecision(waiting.entry.id, it)) }
        text?.let(::before)
        read()
    }

    /** Puts [text] before what is being written. */
    private fun before(text: String) {
        draft = listOf(text, draft).filter { it.isNotEmpty() }.joinToString("\n")
    }

    /** Makes the chat personal: nothing of it is recorded from now on. */
    suspend fun unbind() {
        client.bind(BindRequest(conversation.source, BindTo.PERSONAL))
    }

    /** What a message says that may stand further back than is shown. */
    private suspend fun textOf(waiting: Waiting): String? = client.messagePages(conversation.key)
        .mapNotNull { page -> page.messages.find { it.clientMessageId == waiting.entry.clientMessageId } }
        .firstOrNull()?.content?.text
}
