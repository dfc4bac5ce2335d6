package companion.testing

import companion.kit.HttpUrlConnectionTransport
import companion.kit.JvmDevice
import companion.sdk.KeyPurpose
import companion.sdk.KeyStore
import companion.sdk.KeyStoreException
import companion.sdk.Ports
import java.io.File
import java.nio.file.Files
import kotlin.test.AfterTest
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout

/** What an app's tests can make of the phone and the person around the keys. */
class TestKeyStoreTest {
    private val folder: File = Files.createTempDirectory("keys").toFile()
    private val keys = TestKeyStore(folder)
    private val secret = ByteArray(32) { it.toByte() }

    @AfterTest
    fun remove() {
        folder.deleteRecursively()
    }

    private fun test(act: suspend CoroutineScope.() -> Unit) = runBlocking(block = act)

    private suspend fun wrapped(purpose: KeyPurpose): ByteArray {
        keys.make("$purpose", purpose)
        return keys.wrap("$purpose", secret)
    }

    @Test
    fun `each purpose wraps and unwraps, and a key keeps the one it was made for`() = test {
        for (purpose in KeyPurpose.entries - KeyPurpose.SIGN) {
            assertContentEquals(secret, keys.unwrap("$purpose", wrapped(purpose)))
            assertFailsWith<KeyStoreException.Failed> { keys.make("$purpose", KeyPurpose.SIGN) }
        }
    }

    @Test
    fun `a locked phone holds back what only an unlocked one may use`() = test {
        val wrapped = wrapped(KeyPurpose.WRAP_WHILE_UNLOCKED)
        keys.setLocked(true)
        assertFailsWith<KeyStoreException.NotNow> { keys.unwrap("WRAP_WHILE_UNLOCKED", wrapped) }
        keys.setLocked(false)
        assertContentEquals(secret, keys.unwrap("WRAP_WHILE_UNLOCKED", wrapped))
    }

    @Test
    fun `another finger ends the keys that ask for one, also for the next process`() = test {
        val wrapped = wrapped(KeyPurpose.WRAP_WITH_USER)
        keys.addFinger()
        assertFailsWith<KeyStoreException.Gone> { TestKeyStore(folder).unwrap("WRAP_WITH_USER", wrapped) }
    }

    @Test
    fun `a person refuses, cannot be asked, and confirms`() = test {
        val wrapped = wrapped(KeyPurpose.WRAP_WITH_USER)
        keys.setPerson(Person.REFUSES)
        assertFailsWith<KeyStoreException.Cancelled> { keys.unwrap("WRAP_WITH_USER", wrapped) }
        keys.setPerson(Person.ABSENT)
        assertFailsWith<KeyStoreException.NeedsUser> { keys.unwrap("WRAP_WITH_USER", wrapped) }
        keys.setPerson(Person.CONFIRMS)
        assertContentEquals(secret, keys.unwrap("WRAP_WITH_USER", wrapped))
    }

    @Test
    fun `a question that nobody answers goes with its call`() = test {
        val wrapped = wrapped(KeyPurpose.WRAP_WITH_USER)
        keys.setPerson(Person.HESITATES)
        launch(start = CoroutineStart.UNDISPATCHED) { keys.unwrap("WRAP_WITH_USER", wrapped) }.cancelAndJoin()
        val asking = async(start = CoroutineStart.UNDISPATCHED) { keys.unwrap("WRAP_WITH_USER", wrapped) }
        keys.setPerson(Person.CONFIRMS)
        assertContentEquals(secret, asking.await())
    }

    @Test
    fun `what fails is chosen by name and by purpose`() = test {
        val wrapped = wrapped(KeyPurpose.WRAP)
        keys.fail("WRAP", KeyStoreException.Gone())
        assertFailsWith<KeyStoreException.Gone> { keys.unwrap("WRAP", wrapped) }
        keys.fail("WRAP", null)
        keys.fail(KeyPurpose.WRAP, KeyStoreException.Failed("row"))
        assertEquals("row", assertFailsWith<KeyStoreException.Failed> { keys.unwrap("WRAP", wrapped) }.code)
        keys.fail(KeyPurpose.WRAP, null)
        assertContentEquals(secret, keys.unwrap("WRAP", wrapped))
    }

    /** Keys whose unwrapping waits for a person who never comes. */
    private class Waiting(private val behind: KeyStore) : KeyStore by behind {
        val asked = CompletableDeferred<Unit>()
        val takenAway = CompletableDeferred<Unit>()

        override suspend fun unwrap(name: String, wrapped: ByteArray): ByteArray {
            asked.complete(Unit)
            try {
                awaitCancellation()
            } finally {
                takenAway.complete(Unit)
            }
        }
    }

    @Test
    fun `an app that drops its call takes away what a key asks the person`() = test {
        TestCompany().use { company ->
            val phone = company.join(Ports(HttpUrlConnectionTransport(), keys, JvmDevice()))
            val waiting = Waiting(keys)
            val opening = launch { phone.open(Ports(HttpUrlConnectionTransport(), waiting, JvmDevice())) }
            waiting.asked.await()
            opening.cancelAndJoin()
            withTimeout(60_000) { waiting.takenAway.await() }
        }
    }
}
