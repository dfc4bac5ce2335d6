package companion.android

import android.content.pm.PackageManager
import android.os.Build
import android.os.UserManager
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.UserNotAuthenticatedException
import companion.sdk.KeyLevel
import companion.sdk.KeyPurpose
import companion.sdk.KeyStoreException
import companion.testing.FakeAndroidKeyStore
import java.security.InvalidKeyException
import java.security.ProviderException
import kotlin.test.assertContains
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNull
import kotlinx.coroutines.runBlocking
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf

@RunWith(RobolectricTestRunner::class)
class AndroidKeyStoreKeysTest {
    private val app = RuntimeEnvironment.getApplication()
    private val keys = AndroidKeyStoreKeys(app)
    private val secret = ByteArray(32) { it.toByte() }

    @Before
    fun keyStore() = FakeAndroidKeyStore.install()

    private fun strongBox() =
        shadowOf(app.packageManager).setSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE, true)

    /** What every use of a key answers while the system throws [failure]. */
    private inline fun <reified E : KeyStoreException> answers(failure: Exception): List<E> = runBlocking {
        keys.make("wrap", KeyPurpose.WRAP)
        keys.make("sign", KeyPurpose.SIGN)
        val wrapped = keys.wrap("wrap", secret)
        FakeAndroidKeyStore.whenUsed = { throw failure }
        listOf(
            assertFailsWith<E> { keys.wrap("wrap", secret) },
            assertFailsWith<E> { keys.unwrap("wrap", wrapped) },
            assertFailsWith<E> { keys.sign("sign", secret) },
        )
    }

    @Test
    fun `what was wrapped is unwrapped, and a key made again is the same`() = runBlocking {
        assertNull(keys.make("a", KeyPurpose.WRAP))
        val wrapped = keys.wrap("a", secret)
        keys.make("a", KeyPurpose.WRAP)
        assertContentEquals(secret, keys.unwrap("a", wrapped))
        val jwk = keys.make("s", KeyPurpose.SIGN)!!
        assertEquals(jwk, keys.make("s", KeyPurpose.SIGN))
        assertContains(jwk, "\"crv\":\"P-256\"")
        assertEquals(64, keys.sign("s", secret).size)
        assertEquals(setOf("companion.a", "companion.s"), FakeAndroidKeyStore.specs.keys)
    }

    @Test
    fun `the level that is told is the weakest of the keys`() = runBlocking {
        assertEquals(KeyLevel.SOFTWARE, keys.level())
        strongBox()
        keys.make("a", KeyPurpose.WRAP)
        val chip = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) KeyLevel.SECURE_ELEMENT else KeyLevel.TRUSTED_ENVIRONMENT
        assertEquals(chip, keys.level())
        FakeAndroidKeyStore.strongBoxHasRoom = false
        keys.make("b", KeyPurpose.SIGN)
        assertEquals(KeyLevel.TRUSTED_ENVIRONMENT, keys.level())
        FakeAndroidKeyStore.hasTrustedEnvironment = false
        assertEquals(KeyLevel.SOFTWARE, keys.level())
    }

    @Test
    fun `a phone without a chip is not asked for it`() = runBlocking {
        FakeAndroidKeyStore.strongBoxHasRoom = false
        keys.make("a", KeyPurpose.WRAP)
        assertEquals(false, FakeAndroidKeyStore.specs.getValue("companion.a").isStrongBoxBacked)
    }

    @Test
    fun `a key that the system made useless is gone`() {
        answers<KeyStoreException.Gone>(KeyPermanentlyInvalidatedException())
    }

    @Test
    fun `a key that asks for nobody and is out of reach is not now`() {
        answers<KeyStoreException.NotNow>(UserNotAuthenticatedException())
    }

    @Test
    fun `before the first unlock is not now, whatever the system says`() {
        val user = shadowOf(app.getSystemService(UserManager::class.java))
        for (failure in listOf(UserNotAuthenticatedException(), ProviderException("keystore"))) {
            FakeAndroidKeyStore.install()
            user.setUserUnlocked(true)
            runBlocking { keys.make("a", KeyPurpose.WRAP) }
            FakeAndroidKeyStore.whenUsed = { throw failure }
            user.setUserUnlocked(false)
            assertFailsWith<KeyStoreException.NotNow> { runBlocking { keys.wrap("a", secret) } }
        }
    }

    @Test
    fun `anything else has failed, by a code and no content`() {
        for (failure in listOf(InvalidKeyException("content"), ProviderException("content"))) {
            FakeAndroidKeyStore.install()
            answers<KeyStoreException.Failed>(failure).forEach { assertEquals(failure.javaClass.simpleName, it.code) }
        }
        FakeAndroidKeyStore.whenMade = { throw ProviderException("content") }
        val failed = assertFailsWith<KeyStoreException.Failed> { runBlocking { keys.make("new", KeyPurpose.WRAP) } }
        assertEquals("ProviderException", failed.code)
        FakeAndroidKeyStore.install()
        runBlocking { keys.make("a", KeyPurpose.WRAP) }
        assertFailsWith<KeyStoreException.Failed> { runBlocking { keys.unwrap("a", byteArrayOf(1)) } }
    }

    @Test
    fun `a missing key and another key of the name are gone, and its deletion is done`() {
        assertFailsWith<KeyStoreException.Gone> { runBlocking { keys.wrap("a", secret) } }
        assertFailsWith<KeyStoreException.Gone> { runBlocking { keys.sign("a", secret) } }
        val wrapped = runBlocking {
            keys.make("a", KeyPurpose.WRAP)
            val wrapped = keys.wrap("a", secret)
            keys.delete("a")
            keys.delete("a")
            keys.make("a", KeyPurpose.WRAP)
            wrapped
        }
        assertFailsWith<KeyStoreException.Gone> { runBlocking { keys.unwrap("a", wrapped) } }
    }
}
