package companion.android

import android.app.KeyguardManager
import android.os.Build
import android.os.UserManager
import companion.sdk.KeyLevel
import companion.sdk.KeyPurpose
import companion.sdk.KeyStoreException
import companion.testing.FakeAndroidKeyStore
import java.security.InvalidKeyException
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotEquals
import kotlin.test.assertTrue
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.util.ReflectionHelpers

/** The keys that want the phone unlocked, and those that want its user. */
@RunWith(RobolectricTestRunner::class)
class GuardedKeysTest {
    private val app = RuntimeEnvironment.getApplication()
    private val lock = shadowOf(app.getSystemService(KeyguardManager::class.java))
    private val secret = ByteArray(64) { it.toByte() }
    private var asked = 0

    /** What the person does when they are asked. */
    private var answer: suspend () -> Unit = { FakeAndroidKeyStore.userConfirmed = true }
    private val keys = AndroidKeyStoreKeys(app, presence = { asked++; answer() })

    @Before
    fun keyStore() = FakeAndroidKeyStore.install()

    /** Makes a key and returns a secret that it wrapped. */
    private fun wrapped(purpose: KeyPurpose): ByteArray = runBlocking {
        keys.make("a", purpose)
        keys.wrap("a", secret)
    }

    private fun unwrap(wrapped: ByteArray): ByteArray = runBlocking { keys.unwrap("a", wrapped) }

    private fun spec(suffix: String) = FakeAndroidKeyStore.specs.getValue("companion.a#$suffix")

    @Test
    fun `a key for an unlocked phone works while it is unlocked and is not gone while it is locked`() {
        val wrapped = wrapped(KeyPurpose.WRAP_WHILE_UNLOCKED)
        assertTrue(spec("while_unlocked").isUnlockedDeviceRequired)
        assertContentEquals(secret, unwrap(wrapped))
        lock.setIsDeviceLocked(true)
        // Whatever the system says of a key meanwhile.
        FakeAndroidKeyStore.addFinger()
        FakeAndroidKeyStore.whenUsed = { throw InvalidKeyException("locked") }
        assertFailsWith<KeyStoreException.NotNow> { unwrap(wrapped) }
        assertFailsWith<KeyStoreException.NotNow> { runBlocking { keys.wrap("a", secret) } }
        assertFailsWith<KeyStoreException.NotNow> { runBlocking { keys.make("b", KeyPurpose.WRAP_WHILE_UNLOCKED) } }
        FakeAndroidKeyStore.whenUsed = {}
        lock.setIsDeviceLocked(false)
        assertContentEquals(secret, unwrap(wrapped))
        assertEquals(0, asked)
    }

    @Test
    fun `a phone that is locked while a key is used is not now`() {
        val wrapped = wrapped(KeyPurpose.WRAP_WHILE_UNLOCKED)
        FakeAndroidKeyStore.whenUsed = {
            lock.setIsDeviceLocked(true)
            throw InvalidKeyException("locked")
        }
        assertFailsWith<KeyStoreException.NotNow> { unwrap(wrapped) }
    }

    @Test
    fun `a locked phone keeps nothing back of the other keys`() {
        val wrapped = wrapped(KeyPurpose.WRAP)
        lock.setIsDeviceLocked(true)
        assertContentEquals(secret, unwrap(wrapped))
    }

    @Test
    fun `where the system loses keys for an unlocked phone, the lock screen alone is asked`() {
        val version = Build.VERSION.SDK_INT
        try {
            for (affected in listOf(Build.VERSION_CODES.S, Build.VERSION_CODES.UPSIDE_DOWN_CAKE)) {
                FakeAndroidKeyStore.install()
                ReflectionHelpers.setStaticField(Build.VERSION::class.java, "SDK_INT", affected)
                val wrapped = wrapped(KeyPurpose.WRAP_WHILE_UNLOCKED)
                assertEquals(false, spec("while_unlocked").isUnlockedDeviceRequired)
                lock.setIsDeviceLocked(true)
                assertFailsWith<KeyStoreException.NotNow> { unwrap(wrapped) }
                lock.setIsDeviceLocked(false)
            }
        } finally {
            ReflectionHelpers.setStaticField(Build.VERSION::class.java, "SDK_INT", version)
        }
    }

    @Test
    fun `a key for the user wraps without asking and asks once to unwrap`() {
        val wrapped = wrapped(KeyPurpose.WRAP_WITH_USER)
        assertEquals(0, asked)
        assertNotEquals(wrapped.toList(), runBlocking { keys.wrap("a", secret) }.toList())
        assertContentEquals(secret, unwrap(wrapped))
        assertEquals(1, asked)
        assertContentEquals(secret, unwrap(wrapped))
        assertEquals(2, asked)
    }

    @Test
    fun `a key for the user takes biometrics of class 3 at each use, and no device credential`() {
        wrapped(KeyPurpose.WRAP_WITH_USER)
        val spec = spec("with_user")
        assertTrue(spec.isUserAuthenticationRequired && spec.isInvalidatedByBiometricEnrollment)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
            assertEquals(0, spec.userAuthenticationValidityDurationSeconds)
            assertEquals(android.security.keystore.KeyProperties.AUTH_BIOMETRIC_STRONG, spec.userAuthenticationType)
        } else {
            assertEquals(-1, spec.userAuthenticationValidityDurationSeconds)
        }
        assertEquals(KeyLevel.TRUSTED_ENVIRONMENT, keys.level())
    }

    @Test
    fun `another finger ends a key for the user before anybody is asked, and no other key`() {
        val wrapped = wrapped(KeyPurpose.WRAP_WITH_USER)
        runBlocking { keys.make("b", KeyPurpose.WRAP_WHILE_UNLOCKED) }
        FakeAndroidKeyStore.addFinger()
        assertFailsWith<KeyStoreException.Gone> { unwrap(wrapped) }
        assertEquals(0, asked)
        runBlocking {
            assertContentEquals(secret, keys.unwrap("b", keys.wrap("b", secret)))
            keys.delete("a")
        }
        assertContentEquals(secret, unwrap(wrapped(KeyPurpose.WRAP_WITH_USER)))
    }

    @Test
    fun `what the person answers is what the key answers`() {
        val wrapped = wrapped(KeyPurpose.WRAP_WITH_USER)
        answer = { throw KeyStoreException.Cancelled() }
        assertFailsWith<KeyStoreException.Cancelled> { unwrap(wrapped) }
        answer = { throw KeyStoreException.NeedsUser() }
        assertFailsWith<KeyStoreException.NeedsUser> { unwrap(wrapped) }
        // Somebody says that they asked, and the system knows better.
        answer = {}
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
            assertFailsWith<KeyStoreException.NeedsUser> { unwrap(wrapped) }
        } else {
            assertFailsWith<KeyStoreException.Failed> { unwrap(wrapped) }
        }
    }

    @Test
    fun `a call that is cancelled takes the question with it`() = runBlocking {
        val wrapped = wrapped(KeyPurpose.WRAP_WITH_USER)
        var takenAway = false
        answer = {
            try {
                awaitCancellation()
            } finally {
                takenAway = true
            }
        }
        val asking = launch(start = CoroutineStart.UNDISPATCHED) { keys.unwrap("a", wrapped) }
        withTimeout(20_000) { while (asked == 0) delay(5) }
        asking.cancelAndJoin()
        assertTrue(takenAway)
    }

    @Test
    fun `without biometrics no key for the user is made`() {
        FakeAndroidKeyStore.biometricsEnrolled = false
        assertFailsWith<KeyStoreException.NeedsUser> { runBlocking { keys.make("a", KeyPurpose.WRAP_WITH_USER) } }
        runBlocking { keys.make("a", KeyPurpose.WRAP) }
    }

    @Test
    fun `before the first unlock no key is gone`() {
        wrapped(KeyPurpose.WRAP)
        shadowOf(app.getSystemService(UserManager::class.java)).setUserUnlocked(false)
        FakeAndroidKeyStore.install()
        assertFailsWith<KeyStoreException.NotNow> { runBlocking { keys.wrap("a", secret) } }
    }

    @Test
    fun `a key serves the purpose it was made for alone`() {
        for (purpose in KeyPurpose.entries) {
            FakeAndroidKeyStore.install()
            runBlocking { keys.make("a", purpose) }
            for (other in KeyPurpose.entries - purpose) {
                val refused = assertFailsWith<KeyStoreException.Failed>("$purpose $other") { runBlocking { keys.make("a", other) } }
                assertEquals("purpose", refused.code)
            }
            val misuse: suspend () -> Any = if (purpose == KeyPurpose.SIGN) {
                { keys.wrap("a", secret) }
            } else {
                { keys.sign("a", secret) }
            }
            assertFailsWith<KeyStoreException.Failed>("$purpose") { runBlocking { misuse() } }
            runBlocking { keys.delete("a") }
            assertTrue(FakeAndroidKeyStore.specs.isEmpty())
        }
    }

    @Test
    fun `bytes that another key for the user wrapped are gone`() {
        // Whether a number is too large for another key is chance.
        repeat(4) {
            val wrapped = wrapped(KeyPurpose.WRAP_WITH_USER)
            runBlocking { keys.delete("a") }
            wrapped(KeyPurpose.WRAP_WITH_USER)
            assertFailsWith<KeyStoreException.Gone> { unwrap(wrapped) }
            runBlocking { keys.delete("a") }
        }
    }
}
