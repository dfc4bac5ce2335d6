package companion.sample

import androidx.compose.ui.test.assertHeightIsAtLeast
import androidx.compose.ui.test.assertIsEnabled
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.assertIsOff
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.isToggleable
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import companion.sdk.ConversationRef
import companion.sdk.QueueEntry
import companion.sdk.Reason
import companion.sdk.UndecidedConversation
import java.time.Instant
import kotlin.test.Test
import kotlin.test.assertEquals
import org.robolectric.annotation.Config

/** Screens in states that a fixture gives; the numbers are those of the acceptance checks. */
class ScreensTest : Stage() {
    private val undecided =
        UndecidedConversation(ConversationRef("whatsapp", "106540352242922", "819011112222"), "ゆうこ", 3uL)

    private fun waiting(id: Long, state: String, vararg endsBy: String): Waiting {
        val entry = QueueEntry(id, "m$id", "c1", state, null, null, Instant.EPOCH, 0u)
        return Waiting(entry, listOf(Reason("code", "rule", null, null, endsBy.toList(), "理由$id")))
    }

    private val outbox = Outbox(
        listOf(
            waiting(1, "queued"),
            waiting(2, "sending"),
            waiting(3, "uncertain", "send_again"),
            waiting(4, "held", "send_now"),
            waiting(5, "stuck", "send_now"),
        ),
        mapOf("c1" to "山田 太郎"),
    )

    @Test
    fun `13 each state offers its acts, and sending now only where that ends it`() {
        fun offered(state: String, vararg endsBy: String) = choices(waiting(1, state, *endsBy))
        assertEquals(listOf(Choice.EDIT, Choice.TAKE_BACK), offered("queued"))
        assertEquals(emptyList(), offered("sending"))
        assertEquals(listOf(Choice.ARRIVED, Choice.SEND_AGAIN, Choice.WAIT), offered("uncertain"))
        assertEquals(listOf(Choice.SEND_NOW, Choice.EDIT, Choice.TAKE_BACK), offered("held", "send_now"))
        assertEquals(listOf(Choice.EDIT, Choice.TAKE_BACK), offered("held", "customer_message"))
        assertEquals(listOf(Choice.RETRY, Choice.EDIT, Choice.TAKE_BACK), offered("stuck", "send_now"))
    }

    @Test
    fun `2 each state of the outbox has a word and its reason`() {
        show { OutboxScreen(Loaded.Here(outbox), { _, _ -> }, {}) }
        for (state in listOf(R.string.queued, R.string.sending, R.string.uncertain, R.string.held, R.string.stuck)) {
            rule.onNodeWithText(word(state)).assertExists()
        }
        for (id in 1..5) rule.onNodeWithText("理由$id").assertExists()
        draw("outbox")
    }

    @Test
    @Config(qualifiers = "+ja-night")
    fun `8 the outbox in Japanese and in the dark`() {
        show { OutboxScreen(Loaded.Here(outbox), { _, _ -> }, {}) }
        rule.onNodeWithText("送信待ち").assertExists()
        draw("outbox-ja-dark")
    }

    @Test
    fun `16 an undecided chat has no composer`() {
        show { ChatsScreen(Loaded.Here(Chats(emptyList(), listOf(undecided))), Segment.UNDECIDED, object : ChatsActs {}) }
        rule.onNode(hasSetTextAction()).assertDoesNotExist()
        for (act in listOf(R.string.make_work, R.string.keep_personal)) {
            rule.onNodeWithText(word(act)).assertIsEnabled().assertHeightIsAtLeast(TOUCH)
        }
        draw("undecided")
    }

    @Test
    fun `17 nothing is chosen beforehand, 26 and what is touched is large`() {
        var made = 0
        show { BindSheet(undecided, { made += 1 }, {}) }
        rule.onNode(isToggleable()).assertIsOff().assertHeightIsAtLeast(TOUCH)
        rule.onNodeWithText(word(R.string.make_work)).assertIsNotEnabled()
        rule.onNode(isToggleable()).performClick()
        rule.onNodeWithText(word(R.string.make_work)).assertIsEnabled().performClick()
        assertEquals(1, made)
        draw("bind")
    }

    @Test
    fun `18 making a chat personal says what stays`() {
        show { ChatScreen("山田 太郎", Loaded.Here(Chat(emptyList(), emptyMap())), "", object : ChatActs {}) }
        rule.onNodeWithText(word(R.string.unbind)).performClick()
        rule.onNodeWithText(word(R.string.undo)).assertExists()
    }

    @Test
    fun `what could not be read says so and is tried again`() {
        var tries = 0
        show { TodayScreen(Loaded.Failed("i-1"), {}, {}, { tries += 1 }) }
        rule.onNodeWithText(word(R.string.not_loaded, "i-1")).assertExists()
        rule.onNodeWithText(word(R.string.retry)).performClick()
        assertEquals(1, tries)
    }
}
