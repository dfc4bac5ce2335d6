package companion.sample

import androidx.compose.ui.test.onNodeWithText
import companion.sdk.BindTo
import kotlin.test.Test
import kotlin.test.assertIs

class ChatsTest : Stage() {
    @Test
    fun `a chat of the company is shown where it belongs`() = company {
        val model = ChatsModel(client)
        client.registerAccount(companion.testing.TestCompany.account)
        hear("見積をお願いできますか。")
        model.read()
        val chats = assertIs<Loaded.Here<Chats>>(model.chats).value
        model.decide(chats.undecided.single(), BindTo.WORK)
        show { ChatsScreen(model.chats, Segment.WORK, object : ChatsActs {}) }
        rule.onNodeWithText("Yamada").assertExists()
        rule.onNodeWithText("見積をお願いできますか。").assertExists()
        draw("chats")
    }
}
