package companion.sample

import androidx.activity.compose.BackHandler
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
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
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.LifecycleStartEffect
import companion.kit.changeFlow
import companion.sdk.BindTo
import companion.sdk.Conversation
import companion.sdk.UndecidedConversation
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.launch

/** Does something that may not be possible. */
private typealias Act = (suspend () -> Unit) -> Unit

/** The whole app on one open client. */
@OptIn(ExperimentalMaterial3Api::class)
@Composable
fun App(app: AppModel) {
    val scope = rememberCoroutineScope()
    val act: Act = { what -> scope.launch { app.act(what) } }
    val chat = app.chat
    KeepUp(app)
    BackHandler(chat != null) { app.chat = null }
    Frame(
        title = if (chat == null) stringResource(app.tab.word) else nameOf(chat),
        tab = app.tab.takeIf { chat == null },
        choose = { app.tab = it },
        back = { app.chat = null },
    ) {
        if (app.link.offline) Offline(app.link.waiting)
        app.refused?.let { refused ->
            Sentence(refused.reason ?: stringResource(R.string.not_now), stringResource(R.string.close)) { app.refused = null }
        }
        if (chat == null) Front(app, act) else OpenChat(app, chat, act)
    }
    app.binding?.let { undecided ->
        ModalBottomSheet({ app.binding = null }) {
            BindSheet(undecided, { act { app.chats.decide(undecided, BindTo.WORK) }; app.binding = null }) { app.binding = null }
        }
    }
}

/** Top bar and tabs around what is in front; where no tab is, a way back. */
@OptIn(ExperimentalMaterial3Api::class)
@Composable
fun Frame(
    title: String,
    tab: Tab?,
    choose: (Tab) -> Unit,
    back: () -> Unit,
    content: @Composable ColumnScope.() -> Unit,
) = Scaffold(
    topBar = { TopAppBar({ Text(title) }, navigationIcon = { if (tab == null) Back(back) }) },
    bottomBar = { if (tab != null) Tabs(tab, choose) },
) { padding -> Column(Modifier.padding(padding), content = content) }

/** Reads what is shown at first and after each change, and synchronises while the app is in front. */
@Composable
private fun KeepUp(app: AppModel) {
    val scope = rememberCoroutineScope()
    LaunchedEffect(app, app.tab, app.chat) { app.read() }
    LaunchedEffect(app) { app.client.changeFlow().conflate().collect { app.read() } }
    LifecycleStartEffect(app) {
        val kept = scope.launch { app.link.keep() }
        onStopOrDispose { kept.cancel() }
    }
}

/** The tab in front. */
@Composable
private fun Front(app: AppModel, act: Act) = when (app.tab) {
    Tab.TODAY -> TodayScreen(app.today.today, app::open, { app.tab = Tab.OUTBOX }) { act(app.today::read) }
    Tab.CHATS -> ChatsScreen(app.chats.chats, app.segment, object : ChatsActs {
        override fun choose(chosen: Segment) { app.segment = chosen }
        override fun read(chat: Conversation) { app.open(chat) }
        override fun makeWork(chat: UndecidedConversation) { app.binding = chat }
        override fun keepPersonal(chat: UndecidedConversation) = act { app.chats.decide(chat, BindTo.PERSONAL) }
        override fun addAccount() = act(app.chats::accept)
        override fun retry() = act(app.chats::read)
    })
    Tab.OUTBOX -> OutboxScreen(app.outbox.outbox, { waiting, choice -> act { app.resolve(waiting, choice) } }) { act(app.outbox::read) }
    Tab.COMPANY -> CompanyScreen(app.company.sent) { act(app.company::read) }
    Tab.SETTINGS -> SettingsScreen(app.settings.diagnostics) { act(app.settings::read) }
}

@Composable
private fun OpenChat(app: AppModel, chat: ChatModel, act: Act) = ChatScreen(nameOf(chat), chat.chat, chat.draft, object : ChatActs {
    override fun write(text: String) { chat.draft = text }
    override fun send() = act(chat::send)
    override fun resolve(waiting: Waiting, choice: Choice) = act { chat.resolve(waiting, choice) }
    override fun unbind() = act { chat.unbind(); app.chat = null }
    override fun older() = act(chat::older)
    override fun retry() = act(chat::read)
})

@Composable
private fun nameOf(chat: ChatModel): String = chat.conversation.title ?: stringResource(R.string.customer)

/** The line under the top bar. */
@Composable
private fun Offline(waiting: ULong) = Text(
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
