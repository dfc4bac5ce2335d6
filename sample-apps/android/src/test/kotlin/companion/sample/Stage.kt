package companion.sample

import android.content.ComponentName
import android.provider.Settings
import androidx.activity.ComponentActivity
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.material3.Surface
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.hasAnyAncestor
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isDialog
import androidx.compose.ui.test.isRoot
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.performClick
import androidx.compose.ui.unit.Density
import companion.android.AndroidDeviceFacts
import companion.kit.HttpUrlConnectionTransport
import companion.kit.sync
import companion.kit.wholeInbox
import companion.sdk.BindRequest
import companion.sdk.BindTo
import companion.sdk.CompanionClient
import companion.sdk.Conversation
import companion.sdk.Ports
import companion.testing.TestCompany
import companion.testing.TestKeyStore
import companion.testing.TestPhone
import java.io.File
import java.time.Clock
import java.time.Instant
import java.time.ZoneId
import kotlin.io.path.createTempDirectory
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.Rule
import org.junit.rules.ExternalResource
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf

/** A window for one screen after the other. */
@RunWith(RobolectricTestRunner::class)
abstract class Stage {
    @get:Rule(order = 0)
    val declared = object : ExternalResource() {
        override fun before() {
            val app = RuntimeEnvironment.getApplication()
            shadowOf(app.packageManager).addActivityIfNotPresent(ComponentName(app, ComponentActivity::class.java))
        }
    }

    @get:Rule(order = 1)
    val rule = createAndroidComposeRule<ComponentActivity>()

    /** A quarter past nine in the morning in Tokyo, where the phone is too. */
    var clock: Clock = Clock.fixed(Instant.parse("2026-11-25T00:15:00Z"), ZoneId.of("Asia/Tokyo"))

    private var content: (@Composable () -> Unit)? by mutableStateOf(null)
    private var isSet = false

    /** Shows [content] instead of what was shown before, with texts [scale] times as large. */
    fun show(scale: Float = 1f, content: @Composable () -> Unit) {
        this.content = {
            val density = Density(LocalDensity.current.density, scale)
            CompositionLocalProvider(LocalClock provides clock, LocalDensity provides density, content = content)
        }
        if (!isSet) rule.setContent { AppTheme { Surface(Modifier.fillMaxSize()) { this.content?.invoke() } } }
        isSet = true
        rule.waitForIdle()
    }

    /** Ends what is shown, so that nothing of it calls a client any longer. */
    fun hide() {
        content = null
        rule.waitForIdle()
    }

    fun word(id: Int, vararg values: Any): String = rule.activity.getString(id, *values)

    /** Waits for what the core and the company do by themselves. */
    fun until(holds: () -> Boolean): Unit = rule.waitUntil(60_000, holds)

    fun untilThere(text: String): Unit = until { isThere(hasText(text)) }

    fun isThere(what: SemanticsMatcher): Boolean = rule.onAllNodes(what).fetchSemanticsNodes().isNotEmpty()

    fun tap(word: String) {
        rule.onNode(hasText(word) and hasClickAction()).performClick()
        rule.waitForIdle()
    }

    /** Does beside the screen what would else wait for it. */
    fun beside(act: suspend () -> Unit) {
        val done = CoroutineScope(Dispatchers.IO).async { act() }
        until { done.isCompleted }
        runBlocking { done.await() }
    }

    /** The buttons of the dialog, from the top. */
    fun offered(): List<String> =
        rule.onAllNodes(hasClickAction() and hasAnyAncestor(isDialog())).fetchSemanticsNodes().flatMap(::said)

    /** Whatever can be read or heard. */
    fun said(): List<String> = rule.onAllNodes(isRoot(), useUnmergedTree = true).fetchSemanticsNodes().flatMap(::saidBelow)

    private fun saidBelow(node: SemanticsNode): List<String> = said(node) + node.children.flatMap(::saidBelow)

    protected fun said(node: SemanticsNode): List<String> =
        node.config.getOrNull(SemanticsProperties.ContentDescription).orEmpty() +
            node.config.getOrNull(SemanticsProperties.Text).orEmpty().map { it.text }

    /** Facts about a phone that was started once, whoever asks: the system's stand-in counts no starts by itself. */
    protected fun startedOnce(): AndroidDeviceFacts {
        val app = RuntimeEnvironment.getApplication()
        Settings.Global.putInt(app.contentResolver, Settings.Global.BOOT_COUNT, 1)
        return AndroidDeviceFacts(app)
    }

    /** A phone of a company in this process. */
    fun company(act: suspend Company.() -> Unit): Unit = runBlocking {
        TestCompany(start = clock.instant()).use { company ->
            val keys = createTempDirectory("keys").toFile()
            val ports = Ports(
                HttpUrlConnectionTransport(),
                TestKeyStore(keys),
                startedOnce(),
            )
            val phone = company.join(ports)
            phone.open(ports).use { client ->
                try {
                    Company(company, phone, ports, keys, client).act()
                } finally {
                    hide()
                    client.shutDown()
                }
            }
        }
    }
}

/** A company, a phone that joined it, and its open client. */
class Company(val company: TestCompany, val phone: TestPhone, val ports: Ports, val keys: File, val client: CompanionClient) {
    /** A customer writes, and the phone hears of it. */
    suspend fun hear(text: String, number: String = YAMADA, name: String = "山田 太郎") {
        company.customerWrites(text, number, name)
        company.settle()
        client.sync()
    }

    /** The company's account is accepted, a customer has written, and the chat is work. */
    suspend fun work(text: String = "見積をお願いできますか。"): Conversation {
        client.registerAccount(TestCompany.account)
        hear(text)
        client.bind(BindRequest(TestCompany.conversation(YAMADA), BindTo.WORK))
        return client.wholeInbox().single()
    }

    /** Synchronises until [holds]. */
    suspend fun syncUntil(holds: suspend () -> Boolean) = withTimeout(60_000) {
        while (!holds()) {
            client.sync()
            delay(20)
        }
    }

    companion object {
        const val YAMADA = "819011112222"
    }
}

/** Writes [text] and sends it. */
suspend fun ChatModel.say(text: String) {
    draft = text
    send()
}

/** What [loaded] holds. */
fun <T> here(loaded: Loaded<T>): T = (loaded as Loaded.Here).value
