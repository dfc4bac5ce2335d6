package companion.sample

import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.unit.Density
import companion.kit.sync
import companion.sdk.BindTo
import companion.sdk.Language
import companion.testing.TestCompany
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertTrue
import org.robolectric.annotation.Config

/** Models over a company. */
class DayTest : Stage() {
    private suspend fun Company.work(): ChatModel {
        client.registerAccount(TestCompany.account)
        hear("見積をお願いできますか。")
        val chats = ChatsModel(client)
        chats.read()
        chats.decide(assertIs<Loaded.Here<Chats>>(chats.chats).value.undecided.single(), BindTo.WORK)
        val conversation = assertIs<Loaded.Here<Chats>>(chats.chats).value.work.single()
        return ChatModel(client, conversation, Language.JA).also { it.read() }
    }

    private suspend fun ChatModel.write(text: String) {
        draft = text
        send()
    }

    @Test
    @Config(qualifiers = "+ja")
    fun `three replies wait in the order in which they were written`() = company {
        val chat = work()
        company.network(online = false)
        for (text in listOf("一", "二", "三")) chat.write(text)
        assertEquals("", chat.draft)
        val here = assertIs<Loaded.Here<Chat>>(chat.chat).value
        val outbox = OutboxModel(client, Language.JA)
        outbox.read()
        val waiting = assertIs<Loaded.Here<Outbox>>(outbox.outbox).value.waiting
        val order = waiting.map { one -> here.messages.single { it.clientMessageId == one.entry.clientMessageId }.content?.text }
        assertEquals(listOf("一", "二", "三"), order)
        show {
            val density = LocalDensity.current
            CompositionLocalProvider(LocalDensity provides Density(density.density, fontScale = 2f)) {
                ChatScreen("Yamada", chat.chat, chat.draft, object : ChatActs {})
            }
        }
        rule.onNodeWithContentDescription("三", substring = true).assertExists()
        draw("chat-ja-200")
    }

    @Test
    fun `what the company sees lists every record that was made`() = company {
        work()
        while (!client.sync().complete) Unit
        val model = CompanyModel(client)
        model.read()
        val sent = assertIs<Loaded.Here<Sent>>(model.sent).value
        assertTrue(sent.entries.isNotEmpty())
        assertEquals(sent.recorded.toInt(), sent.entries.size)
        show { CompanyScreen(model.sent) {} }
        rule.onNodeWithText(word(R.string.not_seen_what)).assertExists()
    }
}
