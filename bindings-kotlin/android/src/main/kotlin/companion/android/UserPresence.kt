package companion.android

import android.app.ActivityManager
import android.app.ActivityManager.RunningAppProcessInfo
import android.content.Context
import android.hardware.biometrics.BiometricPrompt
import android.os.CancellationSignal
import companion.sdk.KeyStoreException
import companion.sdk.Language
import companion.sdk.reasonText
import javax.crypto.Cipher
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException
import kotlinx.coroutines.CancellableContinuation
import kotlinx.coroutines.suspendCancellableCoroutine

/** How a person confirms that they are there, so that a key may decrypt. [SystemPrompt] asks; an app may ask by itself. */
fun interface UserPresence {
    /**
     * Returns once the person confirmed the use of [cipher], which is ready to decrypt: hand it to the prompt as its
     * `CryptoObject`. It may take as long as they like; where the coroutine is cancelled, take the question away.
     *
     * @throws KeyStoreException.Cancelled if they say no, [KeyStoreException.NeedsUser] if nobody can be asked now.
     */
    suspend fun confirm(cipher: Cipher)
}

/**
 * Asks by the system's own prompt for biometrics of class 3, over whatever the app shows.
 *
 * @param context any context of the app.
 * @param title what the prompt says; by default the core's text, in the language that the app is shown in.
 */
class SystemPrompt(context: Context, private val title: String? = null) : UserPresence {
    private val app = context.applicationContext

    override suspend fun confirm(cipher: Cipher) {
        // In the background the oldest systems drop the question without an answer.
        if (!isInForeground()) throw KeyStoreException.NeedsUser()
        suspendCancellableCoroutine { asking ->
            val signal = CancellationSignal()
            asking.invokeOnCancellation { signal.cancel() }
            app.mainExecutor.execute { ask(asking, cipher, signal) }
        }
    }

    private fun ask(asking: CancellableContinuation<Unit>, cipher: Cipher, signal: CancellationSignal) {
        val prompt = BiometricPrompt.Builder(app)
            .setTitle(title ?: reasonText("keystore.confirm", app.language).text)
            .setNegativeButton(app.getString(android.R.string.cancel), app.mainExecutor) { _, _ ->
                asking.fail(KeyStoreException.Cancelled())
            }
            .build()
        try {
            prompt.authenticate(BiometricPrompt.CryptoObject(cipher), signal, app.mainExecutor, Answers(asking))
        } catch (error: SecurityException) {
            asking.fail(KeyStoreException.Failed(error.javaClass.simpleName))
        } catch (error: IllegalArgumentException) {
            asking.fail(KeyStoreException.Failed(error.javaClass.simpleName))
        }
    }

    private class Answers(private val asking: CancellableContinuation<Unit>) : BiometricPrompt.AuthenticationCallback() {
        override fun onAuthenticationSucceeded(result: BiometricPrompt.AuthenticationResult) {
            if (asking.isActive) asking.resume(Unit)
        }

        override fun onAuthenticationError(code: Int, text: CharSequence?) = asking.fail(promptAnswer(code))
    }
}

/** The system may answer a question twice, or one that was taken away. */
private fun CancellableContinuation<Unit>.fail(error: KeyStoreException) {
    if (isActive) resumeWithException(error)
}

private fun isInForeground(): Boolean {
    val own = RunningAppProcessInfo().also(ActivityManager::getMyMemoryState)
    return own.importance <= RunningAppProcessInfo.IMPORTANCE_FOREGROUND
}

/** The one of the core's languages that the app is shown in. */
private val Context.language: Language
    get() {
        val first = resources.configuration.locales.getFirstMatch(arrayOf("en", "ja"))
        return if (first?.language == "ja") Language.JA else Language.EN
    }
