package companion.sample

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateMapOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import companion.sdk.CompanionClient
import companion.sdk.CompanionException
import companion.sdk.Conversation
import companion.sdk.Language
import companion.sdk.RecordKey
import companion.sdk.UndecidedConversation

/** The tabs. */
enum class Tab(val word: Int, val icon: Int) {
    TODAY(R.string.today, R.drawable.today),
    CHATS(R.string.chats, R.drawable.chats),
    OUTBOX(R.string.outbox, R.drawable.queued),
    COMPANY(R.string.company_sees, R.drawable.company),
    SETTINGS(R.string.settings, R.drawable.settings),
}

/** The models of all screens on one open client, and which of them is in front. */
class AppModel(val client: CompanionClient, private val language: () -> Language) {
    val link = Link(client)
    val today = TodayModel(client)
    val chats = ChatsModel(client)
    val outbox = OutboxModel(client, language)
    val company = CompanyModel(client)
    val settings = SettingsModel(client)

    /** The tab in front. */
    var tab: Tab by mutableStateOf(Tab.TODAY)

    /** The segment of the chats. */
    var segment: Segment by mutableStateOf(Segment.WORK)

    /** The chat that is open before the tabs. */
    var chat: ChatModel? by mutableStateOf(null)

    /** The chat about which the sheet asks. */
    var binding: UndecidedConversation? by mutableStateOf(null)

    /** Why the last act was not possible. */
    var refused: CompanionException? by mutableStateOf(null)

    private val drafts = mutableStateMapOf<RecordKey, String>()

    /** Reads what is in front again. */
    suspend fun read(): Unit = chat?.read() ?: when (tab) {
        Tab.TODAY -> today.read()
        Tab.CHATS -> chats.read()
        Tab.OUTBOX -> outbox.read()
        Tab.COMPANY -> company.read()
        Tab.SETTINGS -> settings.read()
    }

    /** Does [what], and keeps why it was not possible. */
    suspend fun act(what: suspend () -> Unit) {
        refused = try {
            what()
            null
        } catch (error: CompanionException) {
            error
        }
    }

    /** Opens a chat. What was being written in it is there again. */
    fun open(conversation: Conversation): ChatModel = ChatModel(client, conversation, drafts, language).also { chat = it }

    /** Does [choice] with a message of the outbox. A text is edited where it stands: in its chat. */
    suspend fun resolve(waiting: Waiting, choice: Choice) {
        if (choice == Choice.EDIT) outbox.chatOf(waiting)?.let(::open)?.resolve(waiting, choice)
        else outbox.resolve(waiting, choice)
    }
}
