package companion.testing

import companion.kit.sync
import companion.sdk.BindRequest
import companion.sdk.BindTo
import companion.sdk.Direction
import companion.sdk.Language
import companion.sdk.MessageQuery
import companion.sdk.Page
import companion.sdk.QueueDecision
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.hours

/** What an app does in a day, through the door and back from the company's side. */
class DayTest {
    @Test
    fun `a customer's message is work once the employee says so, and then the CRM holds it`() = play {
        company.customerWrites("こんにちは \"quoted\"")
        company.settle()
        assertEquals(1uL, client.sync().received)
        assertEquals(emptyList(), client.inbox(Page()).items)
        assertEquals(listOf(1uL), client.undecided(Page()).items.map { it.items })

        client.registerAccount(TestCompany.account)
        val bound = client.bind(BindRequest(TestCompany.conversation(), BindTo.WORK))
        assertEquals(1uL, bound.items)
        assertEquals(listOf("Yamada"), client.inbox(Page()).items.map { it.title })
        val message = client.messages(MessageQuery(bound.conversation)).messages.single()
        assertEquals("こんにちは \"quoted\"", message.content?.text)
        assertEquals(Direction.INBOUND, message.direction)

        client.sync()
        eventually { company.world.crmRecords().any { "こんにちは" in it } }
    }

    @Test
    fun `a private chat leaves nothing but itself`() = play {
        company.customerWrites("今夜どう？", phone = "819099990000", name = "Ken")
        company.settle()
        client.sync()
        client.registerAccount(TestCompany.account)
        client.bind(BindRequest(TestCompany.conversation("819099990000"), BindTo.PERSONAL))
        val work = workWithYamada()
        client.sync()
        eventually { company.world.crmRecords().any { work in it } }
        assertFalse(company.world.crmRecords().any { "今夜" in it })
        assertEquals(listOf("Yamada"), client.inbox(Page()).items.map { it.title })
    }

    @Test
    fun `what is written offline waits in order and arrives once`() = play {
        val work = workWithYamada()
        company.network(online = false)
        send(work, "first")
        send(work, "second")
        assertEquals(listOf("queued", "queued"), states())
        assertEquals(2uL, client.state().waitingMessages)
        company.network(online = true)
        eventually {
            client.sync()
            company.world.channelMessages().size == 2
        }
        val (first, second) = company.world.channelMessages()
        assertContains(first, "first")
        assertContains(second, "second")
        eventually {
            client.sync()
            states().isEmpty()
        }
        assertTrue(client.ledger(Page()).items.isNotEmpty())
    }

    @Test
    fun `a lost answer doubles nothing`() = play {
        val work = workWithYamada()
        send(work, "once")
        company.loseAnswers(true)
        runCatching { client.sync() }
        company.loseAnswers(false)
        eventually {
            client.sync()
            states().isEmpty()
        }
        assertEquals(1, company.world.channelMessages().size)
    }

    @Test
    fun `a message that grew old is held and says why`() = play {
        val work = workWithYamada()
        company.network(online = false)
        send(work, "are you there?")
        company.advance(3.hours)
        company.network(online = true)
        client.sync()
        val entry = client.queue(Page()).items.single()
        assertEquals("held", entry.state)
        val reasons = client.explain("queue:${entry.id}", Language.JA)
        assertTrue(reasons.single().text.isNotBlank())
        client.resolve(QueueDecision(entry.id, "discard"))
        assertEquals(emptyList(), client.queue(Page()).items)
    }

    @Test
    fun `what a phone knows is there when it is opened again`() = play {
        val work = workWithYamada()
        send(work, "kept")
        client.shutDown()
        phone.open(faulty.ports).use { again ->
            assertEquals(listOf("queued"), again.queue(Page()).items.map { it.state })
            assertEquals(2, again.messages(MessageQuery(work)).messages.size)
            again.shutDown()
        }
    }
}
