package companion.android

import android.app.KeyguardManager
import android.content.Context
import android.content.pm.PackageManager
import android.os.Build
import android.os.UserManager
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import androidx.annotation.RequiresApi
import companion.kit.es256FromDer
import companion.kit.toJwk
import companion.sdk.KeyLevel
import companion.sdk.KeyPurpose
import companion.sdk.KeyStore
import companion.sdk.KeyStoreException
import java.security.GeneralSecurityException
import java.security.Key
import java.security.KeyFactory
import java.security.KeyPairGenerator
import java.security.PrivateKey
import java.security.ProviderException
import java.security.PublicKey
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import java.security.spec.MGF1ParameterSpec
import java.security.spec.X509EncodedKeySpec
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.SecretKeyFactory
import javax.crypto.spec.GCMParameterSpec
import javax.crypto.spec.OAEPParameterSpec
import javax.crypto.spec.PSource
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/**
 * Keys in AndroidKeyStore. They are made in StrongBox where the phone has one, else in its trusted environment, else in
 * software; [level] tells the weakest that was used. Each call blocks on the system's key store and runs on [dispatcher].
 *
 * - [KeyPurpose.WRAP] is AES-256-GCM, [KeyPurpose.SIGN] ECDSA on P-256: from the first unlock of the phone on.
 * - [KeyPurpose.WRAP_WHILE_UNLOCKED] is AES-256-GCM: while the phone is unlocked.
 * - [KeyPurpose.WRAP_WITH_USER] is RSA-2048 with OAEP, whose public half wraps: nobody is asked for that. It unwraps once
 *   [presence] is confirmed, until another finger or face of class 3 is enrolled.
 *
 * @param context any context of the app.
 * @param prefix begins the alias of every key, so that they are told from the app's own.
 * @param presence asks the person before a key for [KeyPurpose.WRAP_WITH_USER] unwraps.
 */
class AndroidKeyStoreKeys(
    context: Context,
    private val prefix: String = "companion.",
    private val dispatcher: CoroutineDispatcher = Dispatchers.IO,
    private val presence: UserPresence = SystemPrompt(context),
) : KeyStore {
    private val app = context.applicationContext
    private val store by lazy { java.security.KeyStore.getInstance(PROVIDER).apply { load(null) } }

    override suspend fun make(name: String, purpose: KeyPurpose): String? = answering({ purpose }) {
        check(purpose)
        when (purposeOf(name)) {
            null -> strongestPossible { generate(alias(name, purpose), purpose, inStrongBox = it) }
            purpose -> Unit
            else -> throw KeyStoreException.Failed("purpose")
        }
        if (purpose == KeyPurpose.SIGN) (publicHalf(name, purpose) as ECPublicKey).toJwk() else null
    }

    override suspend fun wrap(name: String, secret: ByteArray): ByteArray = using(name) { purpose ->
        if (purpose == KeyPurpose.WRAP_WITH_USER) {
            val cipher = Cipher.getInstance(RSA_OAEP)
            cipher.init(Cipher.ENCRYPT_MODE, free(publicHalf(name, purpose)), OAEP)
            cipher.doFinal(secret)
        } else {
            val cipher = Cipher.getInstance(AES_GCM)
            cipher.init(Cipher.ENCRYPT_MODE, key<SecretKey>(name, purpose))
            cipher.iv + cipher.doFinal(secret)
        }
    }

    override suspend fun unwrap(name: String, wrapped: ByteArray): ByteArray = using(name) { purpose ->
        if (purpose == KeyPurpose.WRAP_WITH_USER) {
            val cipher = Cipher.getInstance(RSA_OAEP)
            cipher.init(Cipher.DECRYPT_MODE, key<PrivateKey>(name, purpose), OAEP)
            presence.confirm(cipher)
            cipher.doFinal(wrapped)
        } else {
            val cipher = Cipher.getInstance(AES_GCM)
            cipher.init(Cipher.DECRYPT_MODE, key<SecretKey>(name, purpose), GCMParameterSpec(TAG_BITS, wrapped, 0, NONCE))
            cipher.doFinal(wrapped, NONCE, wrapped.size - NONCE)
        }
    }

    override suspend fun sign(name: String, input: ByteArray): ByteArray = using(name) { purpose ->
        val signature = Signature.getInstance("SHA256withECDSA")
        signature.initSign(key<PrivateKey>(name, purpose))
        signature.update(input)
        es256FromDer(signature.sign())
    }

    override suspend fun delete(name: String): Unit = answering({ KeyPurpose.WRAP }) {
        // Not every version of the system takes the deletion of a missing key as done.
        KeyPurpose.entries.map { alias(name, it) }.filter(store::containsAlias).forEach(store::deleteEntry)
    }

    override fun level(): KeyLevel {
        val levels = runCatching {
            store.aliases().asSequence().filter { it.startsWith(prefix) }.map { levelOf(store.getKey(it, null)) }.toList()
        }
        return levels.getOrDefault(emptyList()).minOrNull() ?: KeyLevel.SOFTWARE
    }

    /** The system does not tell of a key whether it wants the phone unlocked: its alias does. */
    private fun alias(name: String, purpose: KeyPurpose): String = prefix + name + when (purpose) {
        KeyPurpose.WRAP, KeyPurpose.SIGN -> ""
        KeyPurpose.WRAP_WHILE_UNLOCKED -> "#while_unlocked"
        KeyPurpose.WRAP_WITH_USER -> "#with_user"
    }

    private fun purposeOf(name: String): KeyPurpose? {
        val there = KeyPurpose.entries.firstOrNull { store.containsAlias(alias(name, it)) }
        val signs = there == KeyPurpose.WRAP && store.getCertificate(alias(name, there)) != null
        return if (signs) KeyPurpose.SIGN else there
    }

    private inline fun <reified K : Key> key(name: String, purpose: KeyPurpose): K =
        store.getKey(alias(name, purpose), null) as? K ?: throw KeyStoreException.Failed("purpose")

    private fun publicHalf(name: String, purpose: KeyPurpose): PublicKey =
        store.getCertificate(alias(name, purpose))?.publicKey ?: throw KeyStoreException.Failed("public_half")

    private fun strongestPossible(generate: (inStrongBox: Boolean) -> Unit) {
        val hasStrongBox = app.packageManager.hasSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE)
        try {
            generate(hasStrongBox)
        } catch (_: StrongBoxUnavailableException) {
            // It has one, which is full or knows no such key.
            generate(false)
        }
    }

    private fun generate(alias: String, purpose: KeyPurpose, inStrongBox: Boolean) {
        val spec = when (purpose) {
            KeyPurpose.WRAP, KeyPurpose.WRAP_WHILE_UNLOCKED -> {
                val uses = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
                KeyGenParameterSpec.Builder(alias, uses)
                    .setKeySize(256)
                    .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                    .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                    .setUnlockedDeviceRequired(purpose == KeyPurpose.WRAP_WHILE_UNLOCKED && systemKnowsUnlocked())
            }
            KeyPurpose.WRAP_WITH_USER ->
                KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_DECRYPT)
                    .setKeySize(2048)
                    .setDigests(KeyProperties.DIGEST_SHA256)
                    .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_RSA_OAEP)
                    .setUserAuthenticationRequired(true)
                    .setInvalidatedByBiometricEnrollment(true)
                    .also { if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) byBiometricsAtEachUse(it) }
            KeyPurpose.SIGN ->
                KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_SIGN)
                    .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
                    .setDigests(KeyProperties.DIGEST_SHA256)
        }.setIsStrongBoxBacked(inStrongBox).build()
        when (purpose) {
            KeyPurpose.WRAP, KeyPurpose.WRAP_WHILE_UNLOCKED ->
                KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, PROVIDER).apply { init(spec) }.generateKey()
            KeyPurpose.WRAP_WITH_USER -> generatePair(KeyProperties.KEY_ALGORITHM_RSA, spec)
            KeyPurpose.SIGN -> generatePair(KeyProperties.KEY_ALGORITHM_EC, spec)
        }
    }

    private fun generatePair(algorithm: String, spec: KeyGenParameterSpec) {
        KeyPairGenerator.getInstance(algorithm, PROVIDER).apply { initialize(spec) }.generateKeyPair()
    }

    /** Uses the key [name] as [answering] does; where there is none, it is gone. */
    private suspend fun <T> using(name: String, work: suspend (KeyPurpose) -> T): T {
        var purpose = KeyPurpose.WRAP
        return answering({ purpose }) {
            check(purpose)
            purpose = purposeOf(name) ?: throw KeyStoreException.Gone()
            check(purpose)
            work(purpose)
        }
    }

    /** Runs [work] beside the caller, and says in the core's words why it failed. */
    private suspend fun <T> answering(purpose: () -> KeyPurpose, work: suspend () -> T): T = withContext(dispatcher) {
        try {
            work()
        } catch (error: GeneralSecurityException) {
            throw translated(error, purpose())
        } catch (error: ProviderException) {
            throw translated(error, purpose())
        } catch (error: IllegalArgumentException) {
            // Bytes that no key here made, such as a wrapped secret shorter than its nonce.
            throw translated(error, purpose())
        } catch (error: IllegalStateException) {
            // From Android 12 on the system says so that no finger or face is enrolled.
            if (error is CancellationException) throw error
            throw translated(error, purpose())
        }
    }

    /** What a locked phone says of its keys tells nothing about later. */
    private fun translated(error: Exception, purpose: KeyPurpose): KeyStoreException =
        if (isNotNow(purpose)) KeyStoreException.NotNow() else keyAnswer(error, purpose)

    private fun check(purpose: KeyPurpose) {
        if (isNotNow(purpose)) throw KeyStoreException.NotNow()
    }

    private fun isNotNow(purpose: KeyPurpose): Boolean {
        val unlockedOnce = app.getSystemService(UserManager::class.java).isUserUnlocked
        val whileUnlocked = purpose == KeyPurpose.WRAP_WHILE_UNLOCKED
        return !unlockedOnce || whileUnlocked && app.getSystemService(KeyguardManager::class.java).isDeviceLocked
    }
}

private const val PROVIDER = "AndroidKeyStore"
private const val AES_GCM = "AES/GCM/NoPadding"
private const val NONCE = 12
private const val TAG_BITS = 128
private const val RSA_OAEP = "RSA/ECB/OAEPWithSHA-256AndMGF1Padding"

/** Up to Android 14 the system's keys know no other mask than the one by SHA-1; providers differ in what they assume. */
private val OAEP = OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA1, PSource.PSpecified.DEFAULT)

/** A public key by itself: the system's own stand-in for it may want what its private half wants. */
private fun free(key: PublicKey): PublicKey =
    KeyFactory.getInstance(key.algorithm).generatePublic(X509EncodedKeySpec(key.encoded))

/**
 * Whether the system keeps a key that wants the phone unlocked as it says. From Android 12 to 14 it deletes them with the
 * lock screen, and does not give them back after an unlock by a face of a weaker class, nor in a work profile after one by
 * any finger or face: there the lock screen is asked before each use, and no more.
 */
private fun systemKnowsUnlocked(): Boolean =
    Build.VERSION.SDK_INT !in Build.VERSION_CODES.S..Build.VERSION_CODES.UPSIDE_DOWN_CAKE

@RequiresApi(Build.VERSION_CODES.R)
private fun byBiometricsAtEachUse(spec: KeyGenParameterSpec.Builder) {
    spec.setUserAuthenticationParameters(0, KeyProperties.AUTH_BIOMETRIC_STRONG)
}

private fun levelOf(key: Key): KeyLevel {
    val info = when (key) {
        is SecretKey -> SecretKeyFactory.getInstance(key.algorithm, PROVIDER).getKeySpec(key, KeyInfo::class.java) as KeyInfo
        else -> KeyFactory.getInstance(key.algorithm, PROVIDER).getKeySpec(key, KeyInfo::class.java)
    }
    return if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) exactLevel(info) else roughLevel(info)
}

@RequiresApi(Build.VERSION_CODES.S)
private fun exactLevel(info: KeyInfo): KeyLevel = when (info.securityLevel) {
    KeyProperties.SECURITY_LEVEL_STRONGBOX -> KeyLevel.SECURE_ELEMENT
    KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT, KeyProperties.SECURITY_LEVEL_UNKNOWN_SECURE ->
        KeyLevel.TRUSTED_ENVIRONMENT
    else -> KeyLevel.SOFTWARE
}

/** Before Android 12 the system does not tell a chip of its own from the trusted environment. */
@Suppress("DEPRECATION")
private fun roughLevel(info: KeyInfo): KeyLevel =
    if (info.isInsideSecureHardware) KeyLevel.TRUSTED_ENVIRONMENT else KeyLevel.SOFTWARE
