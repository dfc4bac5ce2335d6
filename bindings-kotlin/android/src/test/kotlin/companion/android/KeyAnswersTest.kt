package companion.android

import android.os.Build
import android.security.keystore.BackendBusyException
import android.security.keystore.KeyExpiredException
import android.security.keystore.KeyNotYetValidException
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.StrongBoxUnavailableException
import android.security.keystore.UserNotAuthenticatedException
import android.security.keystore.UserPresenceUnavailableException
import companion.sdk.KeyPurpose
import companion.sdk.KeyStoreException
import java.security.InvalidAlgorithmParameterException
import java.security.InvalidKeyException
import java.security.ProviderException
import java.security.UnrecoverableKeyException
import javax.crypto.AEADBadTagException
import javax.crypto.BadPaddingException
import javax.crypto.IllegalBlockSizeException
import kotlin.test.assertEquals
import kotlin.test.assertIs
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner

/** The platform's errors and codes in the words of the port, row by row. */
@RunWith(RobolectricTestRunner::class)
class KeyAnswersTest {
    private val plain = listOf(KeyPurpose.WRAP, KeyPurpose.WRAP_WHILE_UNLOCKED, KeyPurpose.SIGN)

    private fun said(error: Throwable, purpose: KeyPurpose): String = told(keyAnswer(error, purpose))

    private fun told(answer: KeyStoreException): String =
        (answer as? KeyStoreException.Failed)?.code ?: answer::class.simpleName!!

    /** What an error says of a key that asks for nobody and of one that wants the user. */
    private fun check(error: Throwable, ofPlain: String, ofUsers: String = ofPlain) {
        for (purpose in plain) assertEquals(ofPlain, said(error, purpose), "$error $purpose")
        assertEquals(ofUsers, said(error, KeyPurpose.WRAP_WITH_USER), "$error")
    }

    /** An error of the key store, as the system wraps it. */
    private fun numbered(system: Int) =
        InvalidKeyException("content", android.security.KeyStoreException(system, "content"))

    @Test
    fun `each exception`() {
        check(KeyPermanentlyInvalidatedException(), "Gone")
        check(UnrecoverableKeyException("content").apply { initCause(KeyPermanentlyInvalidatedException()) }, "Gone")
        check(AEADBadTagException(), "Gone")
        check(BadPaddingException(), "BadPaddingException", "Gone")
        check(UserNotAuthenticatedException(), "NotNow", "NeedsUser")
        check(UserPresenceUnavailableException(), "NeedsUser")
        check(InvalidAlgorithmParameterException(IllegalStateException()), "InvalidAlgorithmParameterException", "NeedsUser")
        check(UnrecoverableKeyException("content"), "UnrecoverableKeyException")
        check(InvalidKeyException("content"), "InvalidKeyException")
        check(KeyExpiredException(), "KeyExpiredException")
        check(KeyNotYetValidException(), "KeyNotYetValidException")
        check(IllegalBlockSizeException("content"), "IllegalBlockSizeException")
        check(java.security.KeyStoreException("content"), "KeyStoreException")
        val numbers = Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU
        check(StrongBoxUnavailableException("content"), if (numbers) "keystore.12" else "StrongBoxUnavailableException")
        check(ProviderException("content"), "ProviderException")
    }

    @Test
    fun `a key store that is busy is not now`() {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.S) return
        check(BackendBusyException(1000), "NotNow")
    }

    @Test
    fun `each number of the key store`() {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.TIRAMISU) return
        // The system's own numbers on the left: of KeyMint's below zero, of the key store's above.
        check(numbered(-26), "NotNow", "NeedsUser") // the user did not confirm
        check(numbered(-72), "NotNow", "NeedsUser") // the device is locked
        check(numbered(2), "NotNow", "NeedsUser") // not unlocked since the start
        check(numbered(3), "keystore.3", "NeedsUser") // no lock screen
        check(numbered(7), "Gone") // no such key
        check(numbered(17), "Gone") // invalidated for good
        check(numbered(8), "Gone") // corrupted
        check(numbered(4), "keystore.4") // internal
        check(numbered(6), "keystore.5") // permission denied
        check(numbered(-66), "keystore.8") // ids cannot be attested
        check(numbered(-1000), "keystore.10") // unknown to KeyMint
        check(numbered(-68), "keystore.12") // no such hardware
        check(numbered(-3), "keystore.13") // incompatible purpose
        check(numbered(-24), "keystore.14") // not yet valid
        check(numbered(-28), "keystore.15") // the operation was evicted
        check(numbered(22), "keystore.16") // no keys to attest with
        check(numbered(23), "keystore.17") // needs an upgrade to attest
    }

    @Test
    fun `a number that nobody knows never says that a key is gone`() {
        val known = setOf(7, 8, 17)
        for (number in (-1100..60).filter { it !in known }) {
            for (purpose in KeyPurpose.entries) {
                if (keyAnswer(numbered(number), purpose) is KeyStoreException.Gone) error("$number $purpose")
            }
        }
    }

    @Test
    fun `each code of the prompt`() {
        val cancelled = setOf(5, 10, 13, 19)
        val needsUser = setOf(1, 2, 3, 7, 9, 11, 12, 14, 15, 16, 18, 21)
        for (code in (0..30) + 1000) {
            val expected = when (code) {
                in cancelled -> "Cancelled"
                in needsUser -> "NeedsUser"
                else -> "biometric.$code"
            }
            assertEquals(expected, told(promptAnswer(code)), "$code")
        }
        assertIs<KeyStoreException.Failed>(promptAnswer(4))
    }
}
