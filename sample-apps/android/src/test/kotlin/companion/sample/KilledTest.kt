package companion.sample

import androidx.compose.ui.test.hasText
import companion.kit.HttpUrlConnectionTransport
import companion.kit.wholeInbox
import companion.sdk.Language
import companion.sdk.OpenOptions
import companion.sdk.Ports
import companion.testing.TestClock
import companion.testing.TestKeyStore
import companion.testing.openClient
import java.io.File
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking

private const val WRITTEN = "three are written"
private val replies = listOf("一", "二", "三")

/** The app in a process that dies. */
class KilledTest : Stage() {
    @Test
    fun `12 three replies that were written offline survive a kill in their order`() = company {
        val conversation = work()
        client.shutDown()
        company.network(online = false)
        val process = start(
            KilledPhone::class.java,
            "root" to phone.options.root,
            "enrolment" to phone.enrolment,
            "keys" to keys.path,
            "now" to company.clock.nowMs().toString(),
        )
        val said = mutableListOf<String>()
        assertTrue(process.inputStream.bufferedReader().lineSequence().onEach(said::add).any { WRITTEN in it }, said.joinToString("\n"))
        // SIGKILL, as the manual of Java says of Unix.
        assertEquals(128 + 9, process.destroyForcibly().waitFor())

        phone.open(ports).use { again ->
            val outbox = OutboxModel(again) { Language.JA }
            outbox.read()
            val chat = ChatModel(again, conversation) { Language.JA }
            chat.read()
            val texts = here(chat.chat).messages.associate { it.clientMessageId to it.content?.text }
            assertEquals(replies, here(outbox.outbox).waiting.map { texts[it.entry.clientMessageId] })
            show { OutboxScreen(outbox.outbox, { _, _ -> }, {}) }
            assertEquals(3, rule.onAllNodes(hasText(word(R.string.queued))).fetchSemanticsNodes().size)

            company.network(online = true)
            Company(company, phone, ports, keys, again).syncUntil { company.world.channelMessages().size == 3 }
            for ((reply, message) in replies zip company.world.channelMessages()) assertTrue(reply in message)
            again.shutDown()
        }
    }

    /** A process with the surroundings of this one that runs [test] alone. */
    private fun start(test: Class<*>, vararg given: Pair<String, String>): Process {
        val kept = System.getProperties().stringPropertyNames().filter { Regex("(robolectric|uniffi)\\..*").matches(it) }
        val properties = (kept.map { it to System.getProperty(it) } + given).map { (name, value) -> "-D$name=$value" }
        val java = File(System.getProperty("java.home"), "bin/java").path
        val exports = listOf("--add-exports", "java.base/jdk.internal.ref=ALL-UNNAMED")
        val words = listOf(java) + exports + properties +
            listOf("-cp", System.getProperty("java.class.path"), "org.junit.runner.JUnitCore", test.name)
        return ProcessBuilder(words).redirectErrorStream(true).start()
    }
}

/** What [KilledTest] kills: no test of its own. */
class KilledPhone : Stage() {
    @Test
    fun writes() = runBlocking {
        val ports = Ports(
            HttpUrlConnectionTransport(),
            TestKeyStore(File(System.getProperty("keys"))),
            startedOnce(),
        )
        val options = OpenOptions(System.getProperty("root"), System.getProperty("enrolment"))
        val client = openClient(options, ports, TestClock.still(System.getProperty("now").toLong()), null)
        val chat = ChatModel(client, client.wholeInbox().single()) { Language.JA }
        for (reply in replies) chat.say(reply)
        println(WRITTEN)
        Thread.sleep(Long.MAX_VALUE)
    }
}
