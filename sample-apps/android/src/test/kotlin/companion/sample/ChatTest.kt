package companion.sample

import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasScrollToNodeAction
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isEnabled
import androidx.compose.ui.test.performScrollToNode
import companion.kit.messagePages
import companion.kit.sync
import companion.kit.wholeQueue
import companion.sdk.BindRequest
import companion.sdk.BindTo
import companion.sdk.Language
import companion.sdk.reasonText
import companion.testing.TestCompany
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.robolectric.annotation.Config

/** One chat, over a company. */
class ChatTest : Stage() {
    private suspend fun Company.chat(): ChatModel = ChatModel(client, work()) { Language.JA }.also { it.read() }

    private fun show(chat: ChatModel, acts: ChatActs = object : ChatActs {}) =
        show { ChatScreen("山田 太郎", chat.chat, chat.draft, acts) }

    private fun spoken(text: String) = hasContentDescription(text, substring = true)

    private fun Company.happen(id: String, content: String) {
        val from = """{"phone":"${Company.YAMADA}","user_id":null,"name":"山田 太郎"}"""
        company.world.happen("""[{"inbound":{"from":$from,"id":"$id","content":$content}}]""")
    }

    @Test
    @Config(qualifiers = "+ja")
    fun `only what was edited says so`() = company {
        val chat = chat()
        happen("wamid.2", """{"text":{"text":"九時で","reply_to":null}}""")
        happen("wamid.3", """{"edit":{"target":"wamid.2","text":"十時で"}}""")
        company.settle()
        syncUntil { chat.read(); here(chat.chat).messages.any { it.content?.text == "十時で" && it.versions.size > 1 } }
        show(chat)
        assertTrue(isThere(spoken("十時で") and spoken("編集済み")))
        assertTrue(isThere(spoken("見積")))
        assertFalse(isThere(spoken("見積") and spoken("編集済み")))
        assertFalse(said().any { "九時で" in it })
    }

    @Test
    fun `editing takes a message back and puts its text before what is being written`() = company {
        val chat = chat()
        company.network(online = false)
        chat.say("明日伺います")
        assertEquals("", chat.draft)
        chat.draft = "書きかけ"
        show(chat)
        chat.resolve(here(chat.chat).waiting.values.single(), Choice.EDIT)
        rule.waitForIdle()
        assertTrue(isThere(hasSetTextAction() and hasText("明日伺います\n書きかけ")))
        assertEquals(emptyList(), client.wholeQueue())
    }

    @Test
    fun `what is refused since the chat is no work is told by its field, and stays in it`() = company {
        val chat = chat()
        client.bind(BindRequest(TestCompany.conversation(Company.YAMADA), BindTo.PERSONAL))
        chat.say("届かない")
        show(chat)
        assertTrue(isThere(hasText(word(R.string.read_only, reasonText("conversation.personal", Language.EN).text))))
        assertTrue(isThere(hasText("届かない")) && !isThere(hasText(word(R.string.send)) and isEnabled()))
        client.bind(BindRequest(TestCompany.conversation(Company.YAMADA), BindTo.WORK))
        chat.read()
        rule.waitForIdle()
        assertTrue(isThere(hasText(word(R.string.send)) and isEnabled()))
    }

    @Test
    fun `a chat that is no work has no field from the beginning`() = company {
        val chat = work()
        client.bind(BindRequest(chat.source, BindTo.PERSONAL))
        show(ChatModel(client, chat) { Language.EN }.also { it.read() })
        assertTrue(isThere(hasText(word(R.string.read_only, reasonText("conversation.personal", Language.EN).text))))
        assertTrue(isThere(spoken("見積")))
    }

    @Test
    fun `2 a message says that the company has it, once it has`() = company {
        company.crm(online = false)
        val chat = chat()
        client.sync()
        show(chat)
        assertTrue(isThere(spoken("見積")) && !isThere(spoken(word(R.string.mirrored))))
        company.crm(online = true)
        syncUntil { client.state().undelivered == 0uL }
        chat.read()
        rule.waitForIdle()
        assertTrue(isThere(spoken("見積") and spoken(word(R.string.mirrored))))
    }

    @Test
    fun `a second tap sends nothing more`() = company {
        val chat = chat()
        chat.draft = "一度だけ"
        coroutineScope { repeat(2) { launch { chat.send() } } }
        assertEquals(1, client.wholeQueue().size)
    }

    @Test
    fun `where only reading is possible it says why`() {
        val reason = reasonText("client.suspended", Language.EN).text
        val chat = Fixtures().chat.copy(readOnly = "client.suspended")
        show { ChatScreen("山田 太郎", Loaded.Here(chat), "はい", object : ChatActs {}) }
        assertTrue(isThere(hasText(word(R.string.read_only, reason))))
        assertFalse(isThere(hasText(word(R.string.send)) and isEnabled()))
        assertTrue(isThere(spoken("資料を送ります。")))
    }

    @Test
    fun `who scrolls to the end of a long chat is shown what is older`() = company {
        val chat = chat()
        repeat(120) { company.customerWrites("第${it}号", Company.YAMADA, "山田 太郎") }
        company.settle()
        syncUntil { client.messagePages(chat.conversation.key).toList().sumOf { it.messages.size } == 121 }
        chat.read()
        assertEquals(50, here(chat.chat).messages.size)
        show(chat, object : ChatActs {
            override fun older() = runBlocking { chat.older() }
        })
        assertEquals(50, here(chat.chat).messages.size)
        until {
            val last = here(chat.chat).messages.last().content?.text.orEmpty()
            rule.onNode(hasScrollToNodeAction()).performScrollToNode(spoken(last))
            rule.waitForIdle()
            last == "見積をお願いできますか。"
        }
        assertEquals(121, here(chat.chat).messages.distinctBy { it.key }.size)
        assertFalse(here(chat.chat).older)
    }
}
