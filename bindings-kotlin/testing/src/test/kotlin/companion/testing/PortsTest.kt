package companion.testing

import companion.kit.sync
import companion.sdk.CompanionException
import companion.sdk.DeviceFactsException
import companion.sdk.KeyStoreException
import companion.sdk.Page
import companion.sdk.Ports
import companion.sdk.TransportException
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlinx.coroutines.CancellationException

/** Ports that fail in each way they may, and in ways they may not: the core answers with its own words and goes on. */
class PortsTest {
    private val bug = IllegalStateException("a bug in the app")

    /** Opens the phone again while its keys answer [failure]. */
    private suspend inline fun <reified E : CompanionException> Stage.openingFails(failure: Exception): E {
        client.shutDown()
        faulty.keysFail = failure
        val failed = assertFailsWith<E> { phone.open(faulty.ports) }
        faulty.keysFail = null
        phone.open(faulty.ports).use { it.shutDown() }
        return failed
    }

    @Test
    fun `before the first unlock the work is unavailable`() = play {
        openingFails<CompanionException.Unavailable>(KeyStoreException.NotNow())
    }

    @Test
    fun `a key that needs the user leaves the work unavailable`() = play {
        openingFails<CompanionException.Unavailable>(KeyStoreException.NeedsUser())
    }

    @Test
    fun `a lost key needs recovery`() = play {
        openingFails<CompanionException.RecoveryNeeded>(KeyStoreException.Gone())
    }

    @Test
    fun `a user who says no has cancelled`() = play {
        openingFails<CompanionException.Cancelled>(KeyStoreException.Cancelled())
    }

    @Test
    fun `any other failure of the keys is an incident`() = play {
        openingFails<CompanionException.Internal>(KeyStoreException.Failed("keystore.7"))
    }

    @Test
    fun `a bug in a key store is an incident`() = play { openingFails<CompanionException.Internal>(bug) }

    @Test
    fun `another phone's keys do not open this one`() = play {
        client.shutDown()
        assertFailsWith<CompanionException.RecoveryNeeded> { phone.open(jvmPorts()) }
    }

    @Test
    fun `whatever a transport throws, the queue keeps what it holds`() = play {
        val work = workWithYamada()
        client.sync()
        val failures = listOf(TransportException.NotSent(), TransportException.Lost(), bug, CancellationException("a job of the app's"))
        for (failure in failures) {
            send(work, "kept")
            faulty.transportFails = failure
            assertFailsWith<CompanionException.Offline>(failure.toString()) { client.sync() }
            faulty.transportFails = null
        }
        assertEquals(failures.size, client.queue(Page()).items.size)
        eventually {
            client.sync()
            company.world.channelMessages().size == failures.size
        }
    }

    @Test
    fun `an answer that a bug swallows counts as lost, and nothing is doubled`() = play {
        val work = workWithYamada()
        client.sync()
        send(work, "once")
        faulty.answerFails = bug
        runCatching { client.sync() }
        faulty.answerFails = null
        eventually {
            client.sync()
            states().isEmpty()
        }
        assertEquals(1, company.world.channelMessages().size)
    }

    @Test
    fun `a phone that tells nothing about itself works as one that was just started`() = play {
        for (failure in listOf(DeviceFactsException.Unknown(), bug)) {
            faulty.deviceFails = failure
            assertEquals("", client.diagnostics().versions)
            client.sync()
        }
    }

    @Test
    fun `keys that cannot tell their level have the least`() = play {
        faulty.keysFail = bug
        assertEquals("software", client.diagnostics().keyLevel)
    }
}
