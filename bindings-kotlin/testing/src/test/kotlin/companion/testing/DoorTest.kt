package companion.testing

import companion.kit.changeFlow
import companion.kit.sync
import companion.sdk.CancelToken
import companion.sdk.ChangeHint
import companion.sdk.CompanionClient
import companion.sdk.CompanionException
import companion.sdk.Draft
import companion.sdk.IngestInput
import companion.sdk.LogLevel
import companion.sdk.LogLine
import companion.sdk.LogSink
import companion.sdk.MessageQuery
import companion.sdk.OpenOptions
import companion.sdk.OutboundContent
import companion.sdk.Page
import companion.sdk.QueueDecision
import companion.sdk.SyncOptions
import companion.sdk.liveObjects
import companion.sdk.setLogSink
import java.time.Duration
import java.util.concurrent.CopyOnWriteArrayList
import kotlin.io.path.createTempDirectory
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout

/** What the door itself promises: streams, ends of calls, errors, many calls at once, nothing left behind. */
class DoorTest {
    private val nobody = "c1" + "a".repeat(32)

    @Test
    fun `every collector hears of a change, and the flow ends with the client`() = play {
        val work = workWithYamada()
        coroutineScope {
            val heard = List(2) {
                async(start = CoroutineStart.UNDISPATCHED) { client.changeFlow().first { it is ChangeHint.Queue } }
            }
            val whole = async(start = CoroutineStart.UNDISPATCHED) { client.changeFlow().toList() }
            send(work, "x")
            withTimeout(60_000) { heard.awaitAll() }
            client.shutDown()
            assertTrue(ChangeHint.Queue in withTimeout(60_000) { whole.await() })
        }
    }

    @Test
    fun `a collector that is cancelled frees its stream`() = play {
        val before = liveObjects()
        coroutineScope {
            val collecting = launch { client.changeFlow().collect {} }
            eventually { liveObjects() == before + 1uL }
            collecting.cancelAndJoin()
        }
        eventually { liveObjects() == before }
    }

    @Test
    fun `cancelling a coroutine ends the call, and its token ends it as well`() = play {
        workWithYamada()
        val before = liveObjects()
        coroutineScope {
            val waiting = launch(Dispatchers.Default) { client.sync(deadline = 10.minutes, wait = 5.minutes) }
            eventually { liveObjects() > before }
            waiting.cancelAndJoin()
        }
        eventually { liveObjects() == before }

        CancelToken().use { token ->
            token.cancel()
            val options = SyncOptions(Duration.ofMinutes(10), Duration.ofMinutes(5))
            assertFailsWith<CompanionException.Cancelled> { client.syncOnce(options, token) }
        }
        client.sync()
    }

    @Test
    fun `fifty calls at once are all answered`() = play {
        val work = workWithYamada()
        coroutineScope {
            val sent = (1..50).map { async(Dispatchers.Default) { send(work, "message $it").clientMessageId } }
            val read = (1..50).map { async(Dispatchers.Default) { client.messages(MessageQuery(work)).messages.size } }
            assertEquals(50, sent.awaitAll().toSet().size)
            assertTrue(read.awaitAll().all { it in 1..51 })
        }
        assertEquals(50, client.queue(Page(limit = 200u)).items.size)
    }

    @Test
    fun `errors say what to do next`() = play {
        val work = workWithYamada()
        assertFailsWith<CompanionException.NotFound> { client.messages(MessageQuery(nobody)) }
        assertFailsWith<CompanionException.NotFound> { client.send(Draft(nobody, OutboundContent.Text("x", null))) }
        assertFailsWith<CompanionException.NotFound> { client.resolve(QueueDecision(7, "discard")) }
        val input = assertFailsWith<CompanionException.InvalidInput> { client.ingest(IngestInput("post", ByteArray(0))) }
        assertEquals("reader", input.place)
        assertFailsWith<CompanionException.InvalidInput> { client.messages(MessageQuery("no key")) }
        assertFailsWith<CompanionException.NotPermitted> {
            client.registerAccount(TestCompany.account.copy(account = "1"))
        }
        company.network(online = false)
        assertFailsWith<CompanionException.Offline> { client.sync() }
        client.suspend()
        assertEquals("suspended", client.state().phase)
        assertFailsWith<CompanionException.Unavailable> { send(work, "x") }
        client.resume()
        send(work, "x")
        client.shutDown()
        client.shutDown()
        assertFailsWith<CompanionException.Closed> { send(work, "x") }
    }

    @Test
    fun `a folder in which nobody joined is not enrolled`() = runBlocking<Unit> {
        val folder = createTempDirectory("companion").toFile()
        val options = OpenOptions(folder.path, "00000000-0000-4000-8000-000000000000")
        assertFailsWith<CompanionException.NotEnrolled> { CompanionClient.open(options, jvmPorts()) }
        folder.deleteRecursively()
    }

    @Test
    fun `one enrolment is open once`() = play {
        assertFailsWith<CompanionException.Unavailable> { phone.open(faulty.ports) }
    }

    @Test
    fun `nothing is left of clients that were freed`() {
        System.gc()
        val before = liveObjects()
        repeat(3) {
            play {
                val work = workWithYamada()
                client.changes().use { stream ->
                    send(work, "x")
                    stream.next()
                }
            }
        }
        assertEquals(before, liveObjects())
    }

    @Test
    fun `the log comes without content`() {
        val lines = CopyOnWriteArrayList<LogLine>()
        val sink = object : LogSink {
            override fun write(line: LogLine) {
                lines += line
                error("a sink that fails is nobody's trouble")
            }
        }
        setLogSink(LogLevel.DEBUG, sink)
        try {
            play {
                send(workWithYamada(), "canary-1f2e")
                faulty.keysFail = IllegalStateException("canary-3d4c")
                client.suspend()
                faulty.keysFail = null
                client.resume()
            }
        } finally {
            setLogSink(LogLevel.DEBUG, null)
        }
        assertTrue(lines.isNotEmpty())
        assertFalse(lines.any { "canary" in it.text || "こんにちは" in it.text || "819011112222" in it.text })
    }
}
