package companion.sample

import androidx.compose.ui.test.assertHasNoClickAction
import androidx.compose.ui.test.assertHeightIsAtLeast
import androidx.compose.ui.test.assertIsEnabled
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.assertIsOff
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isToggleable
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import companion.kit.wholeQueue
import companion.sdk.CompanionException
import companion.sdk.Direction
import companion.sdk.Language
import companion.testing.Place
import java.time.ZoneId
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue

/** The other screens; the numbers are those of the acceptance checks. */
class ScreensTest : Stage() {
    private val fixtures = Fixtures()

    @Test
    fun `1 today tells who waits and what is stuck, and leads there`() = company {
        val today = TodayModel(client)
        today.read()
        show { TodayScreen(today.today, {}, {}, {}) }
        assertTrue(isThere(hasText(word(R.string.nobody_waits))))

        val conversation = work()
        company.world.setFaults(Place.CHANNEL, """{"rates":{"reset":1000}}""")
        ChatModel(client, conversation) { Language.EN }.say("はい")
        syncUntil { client.wholeQueue().singleOrNull()?.state == "uncertain" }
        hear("もう一つあります。")
        today.read()
        var opened = ""
        var outbox = 0
        show { TodayScreen(today.today, { opened = it.title.orEmpty() }, { outbox += 1 }, {}) }
        assertTrue(isThere(hasText(word(R.string.waiting_people, "1"))))
        assertTrue(isThere(hasText("山田 太郎") and hasText("もう一つあります。") and hasText("1") and hasContentDescription(word(R.string.unread, "1"))))
        tap("山田 太郎")
        tap(word(R.string.uncertain))
        assertEquals("山田 太郎" to 1, opened to outbox)
    }

    @Test
    fun `settings tell what support asks for`() = company {
        work()
        val settings = SettingsModel(client)
        settings.read()
        show { SettingsScreen(settings.diagnostics) {} }
        val state = client.state()
        assertTrue(isThere(hasText(word(R.string.enrolment)) and hasText(state.enrolment)))
        assertTrue(isThere(hasText(word(R.string.recorded)) and hasText(state.recorded.toString())))
        assertTrue(isThere(hasText(word(R.string.key_level)) and hasText(word(R.string.key_software))))
        assertContains(said().joinToString(), "companion.sample")
    }

    @Test
    fun `16 an undecided chat has no composer`() {
        show { fixtures.Chats(Segment.UNDECIDED) }
        rule.onNode(hasSetTextAction()).assertDoesNotExist()
        for (act in listOf(R.string.make_work, R.string.keep_personal)) {
            rule.onNodeWithText(word(act)).assertIsEnabled().assertHeightIsAtLeast(TOUCH)
        }
        rule.onNode(hasText("ゆうこ")).assertHasNoClickAction()
    }

    @Test
    fun `17 nothing is chosen beforehand`() {
        var made = 0
        show { BindSheet(fixtures.yuko, { made += 1 }, {}) }
        rule.onNode(isToggleable()).assertIsOff()
        rule.onNodeWithText(word(R.string.make_work)).assertIsNotEnabled()
        rule.onNode(isToggleable()).performClick()
        rule.onNodeWithText(word(R.string.make_work)).assertIsEnabled().performClick()
        assertEquals(1, made)
    }

    @Test
    fun `19 what the company sees is what its CRM received`() = company {
        ChatModel(client, work()) { Language.EN }.say("承知しました。")
        syncUntil { client.state().run { waitingMessages == 0uL && undelivered == 0uL } }
        val model = CompanyModel(client)
        model.read()
        val sent = here(model.sent)
        show { CompanyScreen(model.sent) {} }
        val received = company.world.crmRecords()
        assertEquals(received.size, sent.entries.size)
        for (entry in sent.entries) assertTrue(received.any { entry.record in it && entry.conversation in it }, entry.what)
        val heading = "${word(R.string.sent_records)}: ${received.size}"
        assertTrue(isThere(hasText(heading)) && isThere(hasText(word(R.string.not_seen_what))))
        assertTrue(received.any { "見積" in it })
    }

    @Test
    fun `27 a phone in Singapore tells messages by its own clock and business hours by none`() {
        clock = clock.withZone(ZoneId.of("Asia/Singapore"))
        val message = fixtures.message("m", Direction.OUTBOUND, "はい", clientMessageId = fixtures.outside.entry.clientMessageId)
        val waiting = mapOf(fixtures.outside.entry.clientMessageId to fixtures.outside)
        show { ChatScreen("山田 太郎", Loaded.Here(Chat(listOf(message), waiting)), "", object : ChatActs {}) }
        rule.onNodeWithContentDescription("はい, 8:00 AM", substring = true).performClick()
        val (reason) = fixtures.outside.reasons
        assertTrue(isThere(hasText(reason.text)) && isThere(hasText(word(R.string.since, "8:00 AM"))))
        assertFalse(reason.text.any { it.isDigit() })
    }

    @Test
    fun `what could not be read says so and is tried again`() {
        var tries = 0
        show { TodayScreen(Loaded.Failed(CompanionException.Internal("i-1")), {}, {}, { tries += 1 }) }
        rule.onNodeWithText(word(R.string.not_loaded, "i-1")).assertExists()
        rule.onNodeWithText(word(R.string.retry)).performClick()
        assertEquals(1, tries)
    }

    @Test
    fun `what takes long says that it is being read`() {
        show { TodayScreen(Loaded.Not, {}, {}, {}) }
        rule.mainClock.advanceTimeBy(400)
        assertContains(said(), word(R.string.loading))
    }
}
