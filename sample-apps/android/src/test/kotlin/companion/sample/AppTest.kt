package companion.sample

import androidx.compose.ui.test.hasAnyAncestor
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isDialog
import androidx.compose.ui.test.isToggleable
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performTextInput
import companion.kit.wholeInbox
import companion.kit.wholeQueue
import companion.sdk.BindRequest
import companion.sdk.BindTo
import companion.sdk.HttpAnswer
import companion.sdk.HttpRequest
import companion.sdk.Language
import companion.sdk.Transport
import companion.sdk.TransportException
import companion.sdk.reasonText
import companion.testing.TestCompany
import java.time.Duration
import java.util.concurrent.atomic.AtomicInteger
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.runBlocking

/** The whole app over a company: tabs, the open chat, the sheet, the line of the connection. */
class AppTest : Stage() {
    private fun Company.begin(): AppModel = AppModel(client) { Language.EN }.also { app -> show { App(app) } }

    private fun choose(tab: Tab) = tap(word(tab.word))

    private fun isOpen() = isThere(hasContentDescription(word(R.string.back)))

    /** Opens a work chat from today. */
    private fun open(name: String = "山田 太郎") {
        untilThere(name)
        tap(name)
        until { isOpen() && isThere(hasSetTextAction()) }
    }

    private fun goBack() {
        rule.onNodeWithContentDescription(word(R.string.back)).performClick()
        until { !isOpen() }
    }

    private fun write(text: String) = rule.onNode(hasSetTextAction()).performTextInput(text)

    /** The app on the phone opened anew, where [answer] may answer instead of the company. */
    private suspend fun Company.behind(answer: suspend (HttpRequest) -> HttpAnswer?, act: suspend () -> Unit) {
        client.shutDown()
        phone.open(ports.copy(transport = Between(ports.transport, answer))).use { again ->
            val app = AppModel(again) { Language.EN }
            show { App(app) }
            act()
            hide()
            again.shutDown()
        }
    }

    private class Between(
        private val behind: Transport,
        private val answer: suspend (HttpRequest) -> HttpAnswer?,
    ) : Transport {
        override suspend fun exchange(request: HttpRequest, timeout: Duration): HttpAnswer =
            answer(request) ?: behind.exchange(request, timeout)
    }

    @Test
    fun `each tab shows its screen`() = company {
        begin()
        val shown = listOf(
            Tab.CHATS to R.string.no_work_chats,
            Tab.OUTBOX to R.string.nothing_waits,
            Tab.COMPANY to R.string.not_seen_what,
            Tab.SETTINGS to R.string.nothing_until_chosen,
            Tab.TODAY to R.string.nobody_waits,
        )
        for ((tab, text) in shown) {
            choose(tab)
            untilThere(word(text))
        }
    }

    @Test
    fun `going back closes the chat and then no more`() = company {
        work()
        begin()
        open()
        goBack()
        assertTrue(isThere(hasText(word(R.string.settings))))
        open()
        rule.runOnUiThread { rule.activity.onBackPressedDispatcher.onBackPressed() }
        until { !isOpen() }
        assertFalse(rule.activity.isFinishing)
    }

    @Test
    fun `the sheet asks, and only its button makes a chat work`() = company {
        client.registerAccount(TestCompany.account)
        company.customerWrites("見積をお願いできますか。", Company.YAMADA, "山田 太郎")
        company.settle()
        begin()
        choose(Tab.CHATS)
        tap(word(R.string.undecided))
        untilThere(word(R.string.make_work))
        tap(word(R.string.make_work))
        untilThere(word(R.string.bind_ask))
        tap(word(R.string.cancel))
        until { !isThere(hasText(word(R.string.bind_ask))) }
        assertEquals(emptyList(), client.wholeInbox())

        tap(word(R.string.make_work))
        untilThere(word(R.string.bind_ask))
        rule.onNode(isToggleable() and hasAnyAncestor(isDialog())).performClick()
        rule.onNode(hasText(word(R.string.make_work)) and hasAnyAncestor(isDialog())).performClick()
        untilThere(word(R.string.nothing_undecided))
        tap(word(R.string.work))
        untilThere("山田 太郎")
        assertFalse(isThere(hasText(word(R.string.bind_ask))))
    }

    @Test
    fun `a reply is written, waits without a connection, and goes with one`() = company {
        work()
        company.network(online = false)
        begin()
        open()
        write("少々お待ちください")
        tap(word(R.string.send))
        until { isThere(hasContentDescription(word(R.string.queued), substring = true)) }
        untilThere(word(R.string.offline, "1"))
        company.network(online = true)
        until { company.world.channelMessages().size == 1 && !isThere(hasText(word(R.string.offline, "1"))) }
        until { isThere(hasContentDescription(word(R.string.delivered), substring = true)) }
    }

    @Test
    fun `what is being written is there again when its chat is`() = company {
        work()
        hear("二人目です。", "819033334444", "佐藤商事")
        client.bind(BindRequest(TestCompany.conversation("819033334444"), BindTo.WORK))
        begin()
        open()
        write("書きかけ")
        goBack()
        open("佐藤商事")
        assertFalse(isThere(hasText("書きかけ")))
        goBack()
        open()
        assertTrue(isThere(hasSetTextAction() and hasText("書きかけ")))
    }

    @Test
    fun `the line of the connection is not there at start, only when three seconds did not help`() = company {
        val tries = AtomicInteger()
        val line = hasText(word(R.string.offline, "0"))
        rule.mainClock.autoAdvance = false
        behind({ tries.incrementAndGet(); throw TransportException.NotSent() }) {
            until { rule.mainClock.scheduler.runCurrent(); tries.get() == 1 }
            rule.mainClock.advanceTimeBy(2_900)
            assertFalse(isThere(line))
            until { rule.mainClock.advanceTimeBy(100); isThere(line) }
            assertTrue(tries.get() > 1)
        }
    }

    @Test
    fun `what else keeps the phone from its company is told by its reason`() = company {
        behind({ HttpAnswer(503u, emptyList(), ByteArray(0)) }) {
            untilThere(reasonText("gateway.busy", Language.EN).text)
            assertFalse(isThere(hasText(word(R.string.offline, "0"))))
        }
    }

    @Test
    fun `what is sent does not wait for the request that the gateway holds`() = company {
        work()
        val held = CompletableDeferred<Unit>()
        behind({ if ("&wait=20" in it.url) held.complete(Unit).also { awaitCancellation() }; null }) {
            open()
            until { held.isCompleted }
            write("少々お待ちください")
            tap(word(R.string.send))
            until { company.world.channelMessages().size == 1 }
        }
    }

    @Test
    fun `what waits is edited in its chat`() = company {
        val conversation = work()
        company.network(online = false)
        ChatModel(client, conversation) { Language.EN }.say("明日伺います")
        begin()
        choose(Tab.OUTBOX)
        untilThere("山田 太郎")
        tap("山田 太郎")
        tap(word(R.string.edit))
        until { isOpen() && isThere(hasSetTextAction() and hasText("明日伺います")) }
        assertEquals(emptyList(), client.wholeQueue())
    }

    @Test
    fun `18 making a chat personal says what stays, and nothing more of it is recorded`() = company {
        work()
        syncUntil { client.state().undelivered == 0uL }
        val recorded = company.world.crmRecords()
        assertTrue(recorded.any { "見積" in it })
        begin()
        open()
        tap(word(R.string.unbind))
        assertTrue(isThere(hasText(word(R.string.undo)) and hasAnyAncestor(isDialog())))
        rule.onNode(hasText(word(R.string.cancel)) and hasAnyAncestor(isDialog())).performClick()
        assertEquals(1, client.wholeInbox().size)
        tap(word(R.string.unbind))
        rule.onNode(hasText(word(R.string.unbind)) and hasAnyAncestor(isDialog())).performClick()
        until { !isOpen() }
        hide()
        hear("個人の話")
        syncUntil { client.state().undelivered == 0uL }
        val now = company.world.crmRecords()
        assertTrue(now.containsAll(recorded))
        assertTrue("\"change\":\"unbound\"" in (now - recorded.toSet()).single())
    }

    @Test
    fun `20 a personal chat is nowhere`() = company {
        work()
        company.customerWrites("canary-7f3a 今夜どう", "819099990000", "canary-ken")
        company.settle()
        val app = begin()
        choose(Tab.CHATS)
        tap(word(R.string.undecided))
        untilThere("canary-ken")
        assertTrue(said().any { "canary" in it })
        tap(word(R.string.keep_personal))
        untilThere(word(R.string.nothing_undecided))
        for (segment in Segment.entries) {
            tap(word(segment.word))
            assertFalse(said().any { "canary" in it })
        }
        for (tab in Tab.entries) {
            choose(tab)
            runBlocking { app.read() }
            rule.waitForIdle()
            assertFalse(said().any { "canary" in it }, tab.name)
        }
        choose(Tab.TODAY)
        assertTrue(isThere(hasText(word(R.string.waiting_people, "1"))) && said().any { "見積" in it })
    }

    @Test
    fun `an act that is not possible says why until that is closed`() = company {
        client.registerAccount(TestCompany.account)
        hear("見積をお願いできますか。")
        begin()
        choose(Tab.CHATS)
        tap(word(R.string.undecided))
        untilThere(word(R.string.make_work))
        tap(word(R.string.make_work))
        rule.onNode(isToggleable() and hasAnyAncestor(isDialog())).performClick()
        beside { client.suspend() }
        rule.onNode(hasText(word(R.string.make_work)) and hasAnyAncestor(isDialog())).performClick()
        val why = reasonText("client.suspended", Language.EN).text
        untilThere(why)
        beside { client.resume() }
        until { isThere(hasText(word(R.string.close))) }
        tap(word(R.string.close))
        until { !isThere(hasText(why)) }
        assertEquals(emptyList(), client.wholeInbox())
    }

    @Test
    fun `what is gone meanwhile is told as that`() = company {
        work()
        val app = begin()
        runBlocking { app.act { app.outbox.resolve(Fixtures().queued, Choice.TAKE_BACK) } }
        untilThere(word(R.string.gone))
    }
}
