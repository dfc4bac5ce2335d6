package companion.sample

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import companion.sdk.CompanionClient
import companion.sdk.CompanionException
import companion.sdk.Conversation
import companion.sdk.Language
import companion.sdk.UndecidedConversation

/** The tabs. */
enum class Tab(val word: Int, val icon: Int) {
    TODAY(R.string.today, R.drawable.today),
    CHATS(R.string.chats, R.drawable.chats),
    OUTBOX(R.string.outbox, R.drawable.queued),
    COMPANY(R.string.company_sees, R.drawable.company),
    SETTINGS(R.string.settings, R.drawable.settings),
}

/** That an act was not possible, and why where the core gave a reason. */
data class Refused(val reason: String?)

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

    /** The last act, if it was not possible. */
    var refused: Refused? by mutableStateOf(null)

    /** Reads what is in front again. */
    suspend fun read() {
        chat?.read()
        when (tab) {
            Tab.TODAY -> today.read()
            Tab.CHATS -> chats.read()
            Tab.OUTBOX -> outbox.read()
            Tab.COMPANY -> company.read()
            Tab.SETTINGS -> settings.read()
        }
    }

    /** Does [what], and keeps that it was not possible. */
    suspend fun act(what: suspend () -> Unit) {
        refused = try {
            what()
            null
        } catch (error: CompanionException) {
            Refused(refusal(error, language()))
        }
    }

    /** Opens a chat. */
    fun open(conversation: Conversation): ChatModel = ChatModel(client, conversation, language).also { chat = it }

    /** Does [choice] with a message of the outbox. A text is edited where it stands: in its chat. */
    suspend fun resolve(waiting: Waiting, choice: Choice) {
        if (choice == Choice.EDIT) outbox.chatOf(waiting)?.let(::open)?.resolve(waiting, choice)
        else outbox.resolve(waiting, choice)
    }
}
