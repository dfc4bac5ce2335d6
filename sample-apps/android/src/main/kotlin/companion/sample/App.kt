package companion.sample

import androidx.activity.compose.BackHandler
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.ExperimentalMaterial3Api
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.ModalBottomSheet
import androidx.compose.material3.NavigationBar
import androidx.compose.material3.NavigationBarItem
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.material3.TopAppBar
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import companion.kit.changeFlow
import companion.sdk.BindTo
import companion.sdk.CompanionClient
import companion.sdk.Conversation
import companion.sdk.UndecidedConversation
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.launch

/** The tabs. */
enum class Tab(val word: Int, val icon: Int) {
    TODAY(R.string.today, R.drawable.today),
    CHATS(R.string.chats, R.drawable.chats),
    OUTBOX(R.string.outbox, R.drawable.queued),
    COMPANY(R.string.company_sees, R.drawable.company),
    SETTINGS(R.string.settings, R.drawable.settings),
}

/** The whole app on one open client. */
@OptIn(ExperimentalMaterial3Api::class)
@Composable
fun App(client: CompanionClient) {
    val language = language()
    val scope = rememberCoroutineScope()
    val link = remember(client) { Link(client) }
    val today = remember(client) { TodayModel(client) }
    val chats = remember(client) { ChatsModel(client) }
    val outbox = remember(client, language) { OutboxModel(client, language) }
    val company = remember(client) { CompanyModel(client) }
    val settings = remember(client) { SettingsModel(client) }
    var tab by remember { mutableStateOf(Tab.TODAY) }
    var segment by remember { mutableStateOf(Segment.WORK) }
    var chat by remember { mutableStateOf<ChatModel?>(null) }
    var refused by remember { mutableStateOf(false) }
    var binding by remember { mutableStateOf<UndecidedConversation?>(null) }

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
    fun act(what: suspend () -> Unit) {
        scope.launch { refused = loaded { what() } is Loaded.Failed }
    }
    fun open(conversation: Conversation) {
        chat = ChatModel(client, conversation, language)
    }
    LaunchedEffect(tab, chat) { read() }
    LaunchedEffect(client) { client.changeFlow().conflate().collect { read() } }
    LaunchedEffect(link) { link.keep() }
    BackHandler(chat != null) { chat = null }

    Scaffold(
        topBar = { TopAppBar({ Text(chat?.conversation?.title ?: stringResource(tab.word)) }, navigationIcon = { if (chat != null) Back { chat = null } }) },
        bottomBar = { if (chat == null) Tabs(tab) { tab = it } },
    ) { padding ->
        Column(Modifier.padding(padding)) {
            if (link.offline) Offline(link.waiting)
            if (refused) Sentence(stringResource(R.string.not_now), stringResource(R.string.close)) { refused = false }
            val open = chat
            if (open != null) {
                ChatScreen(open.conversation.title ?: stringResource(R.string.customer), open.chat, open.draft, object : ChatActs {
                    override fun write(text: String) { open.draft = text }
                    override fun send() = act(open::send)
                    override fun resolve(waiting: Waiting, choice: Choice, text: String?) = act { open.resolve(waiting, choice, text) }
                    override fun unbind() = act { open.unbind(); chat = null }
                    override fun retry() = act(open::read)
                })
            } else {
                when (tab) {
                    Tab.TODAY -> TodayScreen(today.today, ::open, { tab = Tab.OUTBOX }) { act(today::read) }
                    Tab.CHATS -> ChatsScreen(chats.chats, segment, object : ChatsActs {
                        override fun choose(chosen: Segment) { segment = chosen }
                        override fun read(chat: Conversation) = open(chat)
                        override fun makeWork(chat: UndecidedConversation) { binding = chat }
                        override fun keepPersonal(chat: UndecidedConversation) = act { chats.decide(chat, BindTo.PERSONAL) }
                        override fun addAccount() = act(chats::accept)
                        override fun retry() = act(chats::read)
                    })
                    Tab.OUTBOX -> OutboxScreen(outbox.outbox, { waiting, choice -> act { outbox.resolve(waiting, choice) } }) { act(outbox::read) }
                    Tab.COMPANY -> CompanyScreen(company.sent) { act(company::read) }
                    Tab.SETTINGS -> SettingsScreen(settings.diagnostics) { act(settings::read) }
                }
            }
        }
    }
    binding?.let { undecided ->
        ModalBottomSheet({ binding = null }) {
            BindSheet(undecided, { act { chats.decide(undecided, BindTo.WORK) }; binding = null }) { binding = null }
        }
    }
}

/** The line under the top bar. */
@Composable
fun Offline(waiting: ULong) = Text(
    stringResource(R.string.offline, waiting.toString()),
    Modifier.fillMaxWidth().padding(16.dp, 4.dp).semantics { liveRegion = LiveRegionMode.Polite },
)

@Composable
private fun Back(act: () -> Unit) = IconButton(act) {
    Icon(painterResource(R.drawable.back), stringResource(R.string.back))
}

@Composable
private fun Tabs(chosen: Tab, choose: (Tab) -> Unit) = NavigationBar {
    for (tab in Tab.entries) {
        NavigationBarItem(
            tab == chosen,
            { choose(tab) },
            { Icon(painterResource(tab.icon), contentDescription = null) },
            label = { Text(stringResource(tab.word)) },
        )
    }
}
