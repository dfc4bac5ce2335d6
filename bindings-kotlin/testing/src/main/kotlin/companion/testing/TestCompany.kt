package companion.testing

import companion.kit.sync
import companion.sdk.AccountRequest
import companion.sdk.CompanionClient
import companion.sdk.CompanionException
import companion.sdk.ConversationRef
import companion.sdk.EnrolmentId
import companion.sdk.OpenOptions
import companion.sdk.Ports
import java.io.File
import java.time.Instant
import java.util.UUID
import kotlin.io.path.createTempDirectory
import kotlin.time.Duration
import kotlin.time.toJavaDuration
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.withContext

/**
 * A company in this process: a gateway, a CRM and a WhatsApp number on the loopback, and a clock in the test's hands. It
 * has nothing in common with anything real.
 *
 * @param phones the folder in which phones keep their enrolments; one of its own where it is absent.
 * @param start what the clock reads at first.
 */
class TestCompany(phones: File? = null, start: Instant = Instant.now()) : AutoCloseable {
    private val folder = createTempDirectory("companion").toFile()
    private val phones = phones ?: File(folder, "phones")

    /** The clock of everybody. It runs ten times as fast as the wall's. */
    val clock: TestClock = TestClock(start.toEpochMilli())

    /** What runs: the calls that this class has no word for. */
    val world: TestWorld = TestWorld(File(folder, "company").path, clock)

    /**
     * Joins with a new phone, and waits until the gateway lets it in.
     *
     * @param ports what the phone lends to the core.
     * @throws CompanionException as [CompanionClient.open].
     */
    suspend fun join(ports: Ports): TestPhone {
        val enrolment = UUID.randomUUID().toString()
        val options = OpenOptions(phones.path, enrolment, File(phones, "shared/$enrolment").path)
        joinCompany(options, ports, world.invitation(), clock)
        val phone = TestPhone(options, clock)
        phone.open(ports).use { client ->
            while (!client.isLetIn()) delay(20)
            client.shutDown()
        }
        return phone
    }

    /** The gateway looks for new phones from time to time. */
    private suspend fun CompanionClient.isLetIn(): Boolean =
        try {
            sync()
            true
        } catch (_: CompanionException.SignInNeeded) {
            false
        }

    /** Lets a customer write to the company's number. Returns the channel's id of the message. */
    fun customerWrites(text: String, phone: String = "819011112222", name: String = "Yamada"): String {
        val id = "wamid.${UUID.randomUUID()}"
        val from = """{"phone":${json(phone)},"user_id":null,"name":${json(name)}}"""
        val content = """{"text":{"text":${json(text)},"reply_to":null}}"""
        world.happen("""[{"inbound":{"from":$from,"id":${json(id)},"content":$content}}]""")
        return id
    }

    /** Waits until the gateway knows all that happened. */
    suspend fun settle(): Unit = withContext(Dispatchers.IO) {
        while (world.pending() > 0uL) delay(5)
    }

    /** Whether phones reach the gateway. */
    fun network(online: Boolean): Unit = world.setFaults(Place.NETWORK, if (online) NO_FAULTS else OFFLINE)

    /** Lets the gateway apply each request and lose its answer, or no longer so. */
    fun loseAnswers(lost: Boolean): Unit = world.setFaults(Place.NETWORK, if (lost) LOST else NO_FAULTS)

    /** Whether the CRM is there. */
    fun crm(online: Boolean): Unit = world.setFaults(Place.TARGET, if (online) NO_FAULTS else OFFLINE)

    /** Lets [span] pass at once. */
    fun advance(span: Duration): Unit = clock.advance(span.toJavaDuration())

    /** Stops everything, frees it and deletes its files. */
    override fun close() {
        world.stop()
        world.close()
        clock.close()
        folder.deleteRecursively()
    }

    companion object {
        /** The account on the channel `whatsapp` at which things happen. */
        const val ACCOUNT: String = "106540352242922"

        /** The request that accepts that account. */
        val account: AccountRequest = AccountRequest("whatsapp", ACCOUNT)

        /** The conversation with the customer who has this number. */
        fun conversation(phone: String = "819011112222"): ConversationRef = ConversationRef("whatsapp", ACCOUNT, phone)

        private const val NO_FAULTS = "{}"
        private const val OFFLINE = """{"offline":true}"""
        private const val LOST = """{"rates":{"drop":1000}}"""
    }
}

/**
 * A phone that joined: its folder stays when its client is gone.
 *
 * @property options where it lies and whose it is.
 */
class TestPhone internal constructor(val options: OpenOptions, private val clock: TestClock) {
    /** Whose it is. */
    val enrolment: EnrolmentId get() = options.enrolment

    /**
     * Opens it on the company's clock.
     *
     * @param kill a fault point and the visit to it at which this *process* ends as by SIGKILL, such as
     *   `engine.push.answered:1`: for a process that the test started.
     * @throws CompanionException as [CompanionClient.open].
     */
    suspend fun open(ports: Ports, kill: String? = null): CompanionClient = openClient(options, ports, clock, kill)
}

/** A text as JSON. */
private fun json(text: String): String = buildString {
    append('"')
    for (c in text) {
        when {
            c == '"' || c == '\\' -> append('\\').append(c)
            c < ' ' -> append("\\u%04x".format(c.code))
            else -> append(c)
        }
    }
    append('"')
}
