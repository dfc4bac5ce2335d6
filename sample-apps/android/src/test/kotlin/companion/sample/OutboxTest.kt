package companion.sample

import androidx.compose.ui.test.hasAnyAncestor
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isDialog
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.performClick
import companion.kit.sync
import companion.kit.wholeQueue
import companion.sdk.DeliveryState
import companion.sdk.Direction
import companion.sdk.Language
import companion.sdk.reasonText
import companion.testing.Place
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.hours

/** What can be done about a message that waits. */
class OutboxTest : Stage() {
    private val fixtures = Fixtures()
    private val close = R.string.close

    private val acts = mapOf(
        fixtures.queued to listOf(R.string.edit, R.string.take_back),
        fixtures.sending to emptyList(),
        fixtures.uncertain to listOf(R.string.arrived, R.string.send_again, R.string.wait),
        fixtures.held to listOf(R.string.send_now, R.string.edit, R.string.take_back),
        fixtures.closed to listOf(R.string.edit, R.string.take_back),
        fixtures.stuck to listOf(R.string.retry, R.string.edit, R.string.take_back),
    )

    @Test
    fun `13 a tap on each state offers its acts, in the outbox`() {
        for ((waiting, words) in acts) {
            val done = mutableListOf<Choice>()
            val outbox = Loaded.Here(fixtures.outbox.copy(waiting = listOf(waiting)))
            show { OutboxScreen(outbox, { _, choice -> done += choice }, {}) }
            for (act in words) {
                tap("山田 太郎")
                assertEquals((words + close).map(::word), offered())
                tap(word(act))
            }
            assertEquals(words, done.map { word(it, waiting.entry.state) })
        }
    }

    @Test
    fun `13 and in the chat`() {
        for ((waiting, words) in acts) {
            var done: Choice? = null
            val message = fixtures.message("m", Direction.OUTBOUND, "はい", clientMessageId = waiting.entry.clientMessageId)
            val chat = Loaded.Here(Chat(listOf(message), mapOf(waiting.entry.clientMessageId to waiting)))
            show {
                ChatScreen("山田 太郎", chat, "", object : ChatActs {
                    override fun resolve(waiting: Waiting, choice: Choice) { done = choice }
                })
            }
            rule.onNodeWithContentDescription("はい", substring = true).performClick()
            assertEquals((words + close).map(::word), offered())
            tap(word(words.lastOrNull() ?: close))
            assertEquals(words.lastOrNull(), done?.let { word(it, waiting.entry.state) })
        }
    }

    @Test
    fun `13 a tap on what the channel took tells its state, since when, and why`() {
        val told = mapOf(
            DeliveryState.PENDING to R.string.delivered,
            DeliveryState.SENT to R.string.delivered,
            DeliveryState.READ to R.string.read,
            DeliveryState.FAILED to R.string.stuck,
        )
        for ((state, word) in told) {
            val message = fixtures.message("m", Direction.OUTBOUND, "はい", delivery = state)
            show { ChatScreen("山田 太郎", Loaded.Here(Chat(listOf(message), emptyMap())), "", object : ChatActs {}) }
            rule.onNodeWithContentDescription("はい", substring = true).performClick()
            assertTrue(isThere(hasText(word(word)) and hasAnyAncestor(isDialog())))
            assertTrue(isThere(hasText("9:00 AM") and hasAnyAncestor(isDialog())))
            val why = hasText(reasonText("outbox.refused", Language.EN).text) and hasAnyAncestor(isDialog())
            assertEquals(state == DeliveryState.FAILED, isThere(why))
            tap(word(close))
        }
    }

    private suspend fun Company.chat() = ChatModel(client, work()) { Language.EN }

    /** The only message of the outbox, and its model on the screen. */
    private suspend fun Company.outbox(): OutboxModel = OutboxModel(client) { Language.EN }.also { outbox ->
        outbox.read()
        show { OutboxScreen(outbox.outbox, { _, _ -> }, {}) }
    }

    private val OutboxModel.only get() = here(outbox).waiting.single()

    @Test
    fun `15 what may have arrived never goes again by itself, and waiting sends nothing`() = company {
        val chat = chat()
        company.world.setFaults(Place.CHANNEL, """{"rates":{"reset":1000}}""")
        chat.say("一度だけ")
        syncUntil { client.wholeQueue().singleOrNull()?.state == "uncertain" }
        company.world.setFaults(Place.CHANNEL, "{}")
        repeat(3) {
            company.advance(3.hours)
            client.sync()
        }
        val outbox = outbox()
        assertEquals(listOf(Choice.ARRIVED, Choice.SEND_AGAIN, Choice.WAIT), choices(outbox.only.entry))
        assertTrue(isThere(hasText(word(R.string.uncertain))) && isThere(hasText(outbox.only.reasons.single().text)))
        outbox.resolve(outbox.only, Choice.WAIT)
        client.sync()
        company.settle()
        assertEquals(0, company.world.channelMessages().size)
        assertEquals("uncertain", outbox.only.entry.state)

        outbox.resolve(outbox.only, Choice.SEND_AGAIN)
        syncUntil { company.world.channelMessages().size == 1 }
    }

    @Test
    fun `a message that grew old is held until it is sent now`() = company {
        val chat = chat()
        company.network(online = false)
        chat.say("まだです")
        company.advance(3.hours)
        company.network(online = true)
        client.sync()
        val outbox = outbox()
        assertTrue(isThere(hasText(word(R.string.held))) && isThere(hasText(outbox.only.reasons.single().text)))
        assertEquals(0, company.world.channelMessages().size)
        outbox.resolve(outbox.only, Choice.SEND_NOW)
        syncUntil { company.world.channelMessages().size == 1 }
        syncUntil { client.wholeQueue().isEmpty() }
        outbox.read()
        assertTrue(isThere(hasText(word(R.string.nothing_waits))))
    }

    @Test
    fun `what the channel refused is tried again`() = company {
        val chat = chat()
        company.world.setFaults(Place.CHANNEL, """{"rates":{"reset":1000}}""")
        chat.say("はい")
        syncUntil { client.wholeQueue().singleOrNull()?.state == "uncertain" }
        company.world.setFaults(Place.CHANNEL, "{}")
        val own = client.wholeQueue().single().clientMessageId
        val to = """{"phone":"${Company.YAMADA}","user_id":null,"name":"山田 太郎"}"""
        company.world.happen("""[{"status":{"to":$to,"id":"wamid.lost","state":"failed","opaque":"$own"}}]""")
        company.settle()
        client.sync()
        val outbox = outbox()
        assertTrue(isThere(hasText(word(R.string.stuck))) && isThere(hasText(outbox.only.reasons.single().text)))
        assertEquals(R.string.retry, word(choices(outbox.only.entry).first(), outbox.only.entry.state))
        outbox.resolve(outbox.only, Choice.SEND_NOW)
        syncUntil { company.world.channelMessages().size == 1 }
    }
}
