package companion.android

import android.hardware.biometrics.BiometricPrompt
import android.os.Build
import android.security.keystore.BackendBusyException
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.UserNotAuthenticatedException
import android.security.keystore.UserPresenceUnavailableException
import androidx.annotation.RequiresApi
import companion.sdk.KeyPurpose
import companion.sdk.KeyStoreException
import javax.crypto.AEADBadTagException
import javax.crypto.BadPaddingException

/**
 * What went wrong with a key for [purpose], in the core's words, the causes from the outermost on. What stands in no table
 * has failed: an error that nobody knows never says that a key is gone.
 */
internal fun keyAnswer(error: Throwable, purpose: KeyPurpose): KeyStoreException {
    val causes = generateSequence(error) { it.cause }.take(CAUSES)
    return causes.firstNotNullOfOrNull { known(it, purpose) }
        ?: KeyStoreException.Failed(causes.firstNotNullOfOrNull(::systemCode) ?: error.javaClass.simpleName)
}

/** More than the system ever nests, and an end for a chain of causes that has none. */
private const val CAUSES = 8

private fun known(error: Throwable, purpose: KeyPurpose): KeyStoreException? = when (error) {
    is KeyPermanentlyInvalidatedException -> KeyStoreException.Gone()
    // Sealed under another key of this name, which is no more.
    is AEADBadTagException -> KeyStoreException.Gone()
    is BadPaddingException -> if (purpose == KeyPurpose.WRAP_WITH_USER) KeyStoreException.Gone() else null
    is UserNotAuthenticatedException -> locked(purpose)
    is UserPresenceUnavailableException -> KeyStoreException.NeedsUser()
    // No finger or face is enrolled, or there is no lock screen to fall back to.
    is IllegalStateException -> if (purpose == KeyPurpose.WRAP_WITH_USER) KeyStoreException.NeedsUser() else null
    else -> newer(error, purpose)
}

/** The system says the same of a phone that is locked and of a person who did not confirm. */
private fun locked(purpose: KeyPurpose): KeyStoreException =
    if (purpose == KeyPurpose.WRAP_WITH_USER) KeyStoreException.NeedsUser() else KeyStoreException.NotNow()

private fun newer(error: Throwable, purpose: KeyPurpose): KeyStoreException? = when {
    Build.VERSION.SDK_INT >= Build.VERSION_CODES.S && isBusy(error) -> KeyStoreException.NotNow()
    Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU && error is android.security.KeyStoreException ->
        numbered(error, purpose)
    else -> null
}

@RequiresApi(Build.VERSION_CODES.S)
private fun isBusy(error: Throwable) = error is BackendBusyException

@RequiresApi(Build.VERSION_CODES.TIRAMISU)
private fun numbered(error: android.security.KeyStoreException, purpose: KeyPurpose): KeyStoreException? =
    when (error.numericErrorCode) {
        android.security.KeyStoreException.ERROR_USER_AUTHENTICATION_REQUIRED -> locked(purpose)
        // Said of a phone without a lock screen.
        android.security.KeyStoreException.ERROR_KEYSTORE_UNINITIALIZED ->
            if (purpose == KeyPurpose.WRAP_WITH_USER) KeyStoreException.NeedsUser() else null
        android.security.KeyStoreException.ERROR_KEY_DOES_NOT_EXIST,
        android.security.KeyStoreException.ERROR_KEY_CORRUPTED,
        -> KeyStoreException.Gone()
        else -> null
    }

/** The key store's own number for what went wrong, from Android 13 on. */
private fun systemCode(error: Throwable): String? =
    if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) numberOf(error) else null

@RequiresApi(Build.VERSION_CODES.TIRAMISU)
private fun numberOf(error: Throwable): String? =
    (error as? android.security.KeyStoreException)?.let { "keystore.${it.numericErrorCode}" }

/** Why the system's prompt ended without a confirmation, in the core's words. */
internal fun promptAnswer(code: Int): KeyStoreException = when (code) {
    BiometricPrompt.BIOMETRIC_ERROR_CANCELED,
    BiometricPrompt.BIOMETRIC_ERROR_USER_CANCELED,
    BIOMETRIC_ERROR_NEGATIVE_BUTTON,
    BIOMETRIC_ERROR_POWER_PRESSED,
    -> KeyStoreException.Cancelled()
    BiometricPrompt.BIOMETRIC_ERROR_HW_UNAVAILABLE,
    BiometricPrompt.BIOMETRIC_ERROR_UNABLE_TO_PROCESS,
    BiometricPrompt.BIOMETRIC_ERROR_TIMEOUT,
    BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT,
    BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT_PERMANENT,
    BiometricPrompt.BIOMETRIC_ERROR_NO_BIOMETRICS,
    BiometricPrompt.BIOMETRIC_ERROR_HW_NOT_PRESENT,
    BiometricPrompt.BIOMETRIC_ERROR_NO_DEVICE_CREDENTIAL,
    BiometricPrompt.BIOMETRIC_ERROR_SECURITY_UPDATE_REQUIRED,
    BIOMETRIC_ERROR_RE_ENROLL,
    BIOMETRIC_ERROR_SENSOR_PRIVACY_ENABLED,
    BIOMETRIC_ERROR_NOT_ENABLED_FOR_APPS,
    -> KeyStoreException.NeedsUser()
    else -> KeyStoreException.Failed("biometric.$code")
}

/** Codes that the system has and its interface for apps does not name, or not yet on the oldest that this is built for. */
private const val BIOMETRIC_ERROR_NEGATIVE_BUTTON = 13
private const val BIOMETRIC_ERROR_RE_ENROLL = 16
private const val BIOMETRIC_ERROR_SENSOR_PRIVACY_ENABLED = 18
private const val BIOMETRIC_ERROR_POWER_PRESSED = 19
private const val BIOMETRIC_ERROR_NOT_ENABLED_FOR_APPS = 21
