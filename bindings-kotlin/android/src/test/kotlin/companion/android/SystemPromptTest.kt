package companion.android

import android.app.ActivityManager
import android.app.ActivityManager.RunningAppProcessInfo
import android.hardware.biometrics.BiometricPrompt
import android.os.Build
import android.os.Looper
import companion.sdk.KeyPurpose
import companion.sdk.KeyStoreException
import companion.sdk.Language
import companion.sdk.reasonText
import companion.testing.FakeAndroidKeyStore
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNull
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowBiometricPrompt

/** How long anything may take, in milliseconds. */
private const val PATIENCE = 20_000L

/** A key that wants the user, with the system's own prompt. */
@RunWith(RobolectricTestRunner::class)
class SystemPromptTest {
    private val app = RuntimeEnvironment.getApplication()
    private var keys = AndroidKeyStoreKeys(app)
    private val secret = ByteArray(32) { it.toByte() }

    @Before
    fun keyStore() {
        FakeAndroidKeyStore.install()
        appIs(RunningAppProcessInfo.IMPORTANCE_FOREGROUND)
    }

    private fun appIs(importance: Int) {
        val own = RunningAppProcessInfo(app.packageName, android.os.Process.myPid(), emptyArray())
        own.importance = importance
        shadowOf(app.getSystemService(ActivityManager::class.java)).setProcesses(listOf(own))
    }

    /** Has a key unwrap beside [act], where Robolectric has a prompt: from Android 10 on. */
    private fun prompted(act: suspend (Deferred<Result<ByteArray>>) -> Unit) {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) test(act)
    }

    private fun test(act: suspend (Deferred<Result<ByteArray>>) -> Unit) = runBlocking {
        keys.make("a", KeyPurpose.WRAP_WITH_USER)
        val wrapped = keys.wrap("a", secret)
        act(async(Dispatchers.IO) { runCatching { keys.unwrap("a", wrapped) } })
    }

    /** Lets the main thread run until the system asks. */
    private suspend fun prompt() = withTimeout(PATIENCE) {
        while (ShadowBiometricPrompt.getCurrentPrompt() == null) {
            shadowOf(Looper.getMainLooper()).idle()
            delay(5)
        }
    }

    private suspend fun <T> Deferred<T>.answered(): T = withTimeout(PATIENCE) {
        while (!isCompleted) {
            shadowOf(Looper.getMainLooper()).idle()
            delay(5)
        }
        await()
    }

    @Test
    fun `a person who confirms gets what the key wrapped`() = prompted { unwrapping ->
        prompt()
        ShadowBiometricPrompt.failCurrentSessionOnce()
        FakeAndroidKeyStore.userConfirmed = true
        ShadowBiometricPrompt.authenticateCurrentSessionSuccessfully()
        assertContentEquals(secret, unwrapping.answered().getOrThrow())
    }

    @Test
    fun `the prompt speaks the language of the app, or in its words`() {
        for (language in listOf("ja" to Language.JA, "fr" to Language.EN)) {
            RuntimeEnvironment.setQualifiers(language.first)
            prompted { unwrapping ->
                prompt()
                val said = ShadowBiometricPrompt.getCurrentPrompt()!!.title
                assertEquals(reasonText("keystore.confirm", language.second).text, said)
                unwrapping.cancelAndJoin()
            }
        }
        keys = AndroidKeyStoreKeys(app, presence = SystemPrompt(app, "お客様とのトークを開きます"))
        prompted { unwrapping ->
            prompt()
            assertEquals("お客様とのトークを開きます", ShadowBiometricPrompt.getCurrentPrompt()!!.title)
            unwrapping.cancelAndJoin()
        }
    }

    @Test
    fun `a prompt that ends otherwise says why`() {
        prompted { unwrapping ->
            prompt()
            ShadowBiometricPrompt.authenticateCurrentSessionWithError(BiometricPrompt.BIOMETRIC_ERROR_USER_CANCELED, "")
            assertFailsWith<KeyStoreException.Cancelled> { unwrapping.answered().getOrThrow() }
        }
        prompted { unwrapping ->
            prompt()
            ShadowBiometricPrompt.authenticateCurrentSessionWithError(BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT, "")
            assertFailsWith<KeyStoreException.NeedsUser> { unwrapping.answered().getOrThrow() }
        }
    }

    @Test
    fun `a call that is cancelled takes the prompt away`() = prompted { unwrapping ->
        prompt()
        unwrapping.cancelAndJoin()
        shadowOf(Looper.getMainLooper()).idle()
        assertNull(ShadowBiometricPrompt.getCurrentPrompt())
    }

    @Test
    fun `a phone without a sensor cannot ask`() {
        // Android 9 finds that out in the app's own process.
        if (Build.VERSION.SDK_INT > Build.VERSION_CODES.P) return
        test { unwrapping -> assertFailsWith<KeyStoreException.NeedsUser> { unwrapping.answered().getOrThrow() } }
    }

    @Test
    fun `nobody is asked by an app that is not in front`() {
        appIs(RunningAppProcessInfo.IMPORTANCE_FOREGROUND_SERVICE)
        test { unwrapping ->
            assertFailsWith<KeyStoreException.NeedsUser> { unwrapping.answered().getOrThrow() }
            assertNull(ShadowBiometricPrompt.getCurrentPrompt())
        }
    }
}
