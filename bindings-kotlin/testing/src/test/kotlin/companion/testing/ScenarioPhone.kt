package companion.testing

import companion.kit.HttpUrlConnectionTransport
import companion.kit.JvmDevice
import companion.sdk.CompanionClient
import companion.sdk.CompanionException
import companion.sdk.OpenOptions
import companion.sdk.Ports
import java.io.File
import java.io.FileDescriptor
import java.io.FileOutputStream
import java.io.PrintStream
import kotlinx.coroutines.runBlocking
import org.json.JSONObject

/** A phone in a process of its own, told what to do by JSON lines: `core/formats/scenarios/README.md`. */
object ScenarioPhone {
    /** Opens the enrolment that the [arguments] name, joining first if there is none, and obeys until its input ends. */
    @JvmStatic
    fun main(arguments: Array<String>): Unit = runBlocking {
        val given = arguments.toList().chunked(2).associate { (name, value) -> name.removePrefix("--") to value }
        val clock = TestClock.still(given.getValue("clock-ms").toLong())
        val client = try {
            open(given, clock)
        } catch (error: CompanionException) {
            return@runBlocking refuse(error)
        }
        val phone = Phone(client, clock, given.getValue("root"))
        say("ok", "open")
        for (line in System.`in`.bufferedReader().lineSequence()) {
            try {
                say("ok", phone.obey(JSONObject(line)))
            } catch (error: CompanionException) {
                refuse(error)
            }
        }
        client.shutDown()
    }

    private suspend fun open(given: Map<String, String>, clock: TestClock): CompanionClient {
        val options = OpenOptions(given.getValue("root"), given.getValue("enrolment"))
        val keys = TestKeyStore(File(given.getValue("keystore")))
        val ports = Ports(HttpUrlConnectionTransport(), keys, JvmDevice(BOOT))
        return try {
            openClient(options, ports, clock, given["kill"])
        } catch (_: CompanionException.NotEnrolled) {
            val company = File(given.getValue("tenant")).readText()
            joinCompany(options, ports, Invitation(given.getValue("gateway"), company, given.getValue("grants")), clock)
            openClient(options, ports, clock, given["kill"])
        }
    }

    /** The phone runs on when its process ends. */
    private const val BOOT = "scenario"

    /** In UTF-8, whatever the surroundings speak. */
    private val out = PrintStream(FileOutputStream(FileDescriptor.out), true, Charsets.UTF_8)

    private fun refuse(error: CompanionException) = say("error", error.told())

    private fun say(outcome: String, what: Any?) = out.println(JSONObject().put(outcome, JSONObject.wrap(what)))
}
