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
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.LifecycleStartEffect
import companion.kit.changeFlow
import companion.sdk.BindTo
import companion.sdk.CompanionException
import companion.sdk.Conversation
import companion.sdk.UndecidedConversation
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.launch

/** Does something beside what is drawn. */
private typealias Launch = (suspend () -> Unit) -> Unit

/** The whole app on one open client. */
@Composable
fun App(app: AppModel) {
    val scope = rememberCoroutineScope()
    val act: Launch = { what -> scope.launch { app.act(what) } }
    val read: Launch = { what -> scope.launch { what() } }
    val chat = app.chat
    KeepUp(app)
    BackHandler(chat != null) { app.chat = null }
    Frame(
        title = chat?.let { customer(it.conversation.title) } ?: stringResource(app.tab.word),
        tab = app.tab.takeIf { chat == null },
        choose = { app.tab = it },
        back = { app.chat = null },
    ) {
        app.link.trouble?.let { Trouble(it, app.link.waiting) }
        app.refused?.let { Sentence(told(it), stringResource(R.string.close)) { app.refused = null } }
        if (chat == null) Front(app, act, read) else OpenChat(app, chat, act, read)
    }
    Binding(app, act)
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
    // First, so that no change goes by between reading and listening.
    LaunchedEffect(app) { app.client.changeFlow().conflate().collect { app.read() } }
    LaunchedEffect(app, app.tab, app.chat) { app.read() }
    LifecycleStartEffect(app) {
        val kept = scope.launch { app.link.keep() }
        onStopOrDispose { kept.cancel() }
    }
}

/** The tab in front. */
@Composable
private fun Front(app: AppModel, act: Launch, read: Launch) = when (app.tab) {
    Tab.TODAY -> TodayScreen(app.today.today, app::open, { app.tab = Tab.OUTBOX }) { read(app.today::read) }
    Tab.CHATS -> ChatsScreen(app.chats.chats, app.segment, object : ChatsActs {
        override fun choose(chosen: Segment) { app.segment = chosen }
        override fun open(chat: Conversation) { app.open(chat) }
        override fun makeWork(chat: UndecidedConversation) { app.binding = chat }
        override fun keepPersonal(chat: UndecidedConversation) = act { app.chats.decide(chat, BindTo.PERSONAL) }
        override fun addAccount() = act(app.chats::accept)
        override fun retry() = read(app.chats::read)
    })
    Tab.OUTBOX -> OutboxScreen(app.outbox.outbox, { waiting, choice -> act { app.resolve(waiting, choice) } }) {
        read(app.outbox::read)
    }
    Tab.COMPANY -> CompanyScreen(app.company.sent) { read(app.company::read) }
    Tab.SETTINGS -> SettingsScreen(app.settings.diagnostics) { read(app.settings::read) }
}

@Composable
private fun OpenChat(app: AppModel, chat: ChatModel, act: Launch, read: Launch) =
    ChatScreen(chat.conversation.title, chat.chat, chat.draft, object : ChatActs {
        override fun write(text: String) { chat.draft = text }
        override fun send() = act(chat::send)
        override fun resolve(waiting: Waiting, choice: Choice) = act { chat.resolve(waiting, choice) }
        override fun unbind() = act { chat.unbind(); app.chat = null }
        override fun older() = read(chat::older)
        override fun retry() = read(chat::read)
    })

/** The sheet that asks about a chat. */
@OptIn(ExperimentalMaterial3Api::class)
@Composable
private fun Binding(app: AppModel, act: Launch) {
    val chat = app.binding ?: return
    val close = { app.binding = null }
    ModalBottomSheet(close) {
        BindSheet(chat, { act { app.chats.decide(chat, BindTo.WORK) }; close() }, close)
    }
}

/** The line under the top bar: that nobody can be reached, or why it does not go on. */
@Composable
private fun Trouble(error: CompanionException, waiting: ULong) = Text(
    if (isOffline(error)) stringResource(R.string.offline, waiting.toString()) else told(error),
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
            label = { Label(stringResource(tab.word)) },
        )
    }
}

/** The word below a tab's icon. As Android's own bars it grows little: a fifth of the width holds no large word whole. */
@Composable
private fun Label(word: String) {
    val density = LocalDensity.current
    CompositionLocalProvider(LocalDensity provides Density(density.density, density.fontScale.coerceAtMost(1.15f))) {
        Text(word, textAlign = TextAlign.Center)
    }
}
