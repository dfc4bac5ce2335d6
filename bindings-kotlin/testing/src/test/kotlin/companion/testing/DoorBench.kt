package companion.testing

import companion.kit.HttpUrlConnectionTransport
import companion.kit.JvmDevice
import companion.sdk.CompanionClient
import companion.sdk.IngestInput
import companion.sdk.MessageQuery
import companion.sdk.OpenOptions
import companion.sdk.Ports
import java.io.File
import kotlinx.coroutines.runBlocking

/**
 * Opens a phone through the door, makes the calls that each line of its input asks for, and answers with the nanoseconds
 * that they took and the records that they moved: for `cargo xtask bench door`.
 */
object DoorBench {
    @JvmStatic
    fun main(arguments: Array<String>): Unit = runBlocking {
        val given = arguments.toList().chunked(2).associate { (name, value) -> name.removePrefix("--") to value }
        val options = OpenOptions(given.getValue("root"), given.getValue("enrolment"))
        val keys = TestKeyStore(File(given.getValue("keystore")))
        val clock = TestClock.still(given.getValue("clock-ms").toLong())
        val ports = Ports(HttpUrlConnectionTransport(), keys, JvmDevice(given.getValue("boot")))
        val client = openClient(options, ports, clock, null)
        for (line in System.`in`.bufferedReader().lineSequence()) println(client.time(line.split(' ')))
        client.shutDown()
    }

    private suspend fun CompanionClient.time(words: List<String>): String = when (words[0]) {
        "state" -> time(words[1].toInt()) { state().let { 1 } }
        "messages" -> {
            val query = MessageQuery(words[2], null, PAGE)
            time(words[1].toInt()) { messages(query).messages.size }
        }
        "ingest" -> {
            val bodies = File(words[1]).readLines().map { IngestInput("whatsapp_cloud", it.encodeToByteArray()) }
            time(bodies.size) { ingest(bodies[it]).work.toInt() }
        }
        else -> error("no call: ${words[0]}")
    }

    private inline fun time(times: Int, call: (Int) -> Int): String {
        val started = System.nanoTime()
        var records = 0
        repeat(times) { records += call(it) }
        return "${System.nanoTime() - started} $records"
    }
}

/** As many as a page of the engine has by itself. */
private const val PAGE = 50u
