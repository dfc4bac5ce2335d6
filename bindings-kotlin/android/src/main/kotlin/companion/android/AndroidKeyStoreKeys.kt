package companion.android

import android.content.Context
import android.content.pm.PackageManager
import android.os.Build
import android.os.UserManager
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import android.security.keystore.UserNotAuthenticatedException
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
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.SecretKeyFactory
import javax.crypto.spec.GCMParameterSpec
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/**
 * Keys in AndroidKeyStore: AES-256-GCM for wrapping, ECDSA on P-256 for signing. They are made in StrongBox where the
 * phone has one, else in its trusted environment, else in software; [level] tells the weakest that was used.
 *
 * No key asks for the user: they serve a locked phone from its first unlock on. Each call blocks on the system's key store
 * and runs on [dispatcher].
 *
 * @param context any context of the app.
 * @param prefix begins the alias of every key, so that they are told from the app's own.
 */
class AndroidKeyStoreKeys(
    context: Context,
    private val prefix: String = "companion.",
    private val dispatcher: CoroutineDispatcher = Dispatchers.IO,
) : KeyStore {
    private val app = context.applicationContext
    private val store by lazy { java.security.KeyStore.getInstance(PROVIDER).apply { load(null) } }

    override suspend fun make(name: String, purpose: KeyPurpose): String? = answering {
        val alias = prefix + name
        if (!store.containsAlias(alias)) strongestPossible { generate(alias, purpose, inStrongBox = it) }
        (store.getCertificate(alias)?.publicKey as? ECPublicKey)?.takeIf { purpose == KeyPurpose.SIGN }?.toJwk()
    }

    override suspend fun wrap(name: String, secret: ByteArray): ByteArray = answering {
        val cipher = Cipher.getInstance(AES_GCM)
        cipher.init(Cipher.ENCRYPT_MODE, key<SecretKey>(name))
        cipher.iv + cipher.doFinal(secret)
    }

    override suspend fun unwrap(name: String, wrapped: ByteArray): ByteArray = answering {
        val cipher = Cipher.getInstance(AES_GCM)
        cipher.init(Cipher.DECRYPT_MODE, key<SecretKey>(name), GCMParameterSpec(TAG_BITS, wrapped, 0, NONCE))
        cipher.doFinal(wrapped, NONCE, wrapped.size - NONCE)
    }

    override suspend fun sign(name: String, input: ByteArray): ByteArray = answering {
        val signature = Signature.getInstance("SHA256withECDSA")
        signature.initSign(key<PrivateKey>(name))
        signature.update(input)
        es256FromDer(signature.sign())
    }

    override suspend fun delete(name: String): Unit = answering {
        // Not every version of the system takes the deletion of a missing key as done.
        if (store.containsAlias(prefix + name)) store.deleteEntry(prefix + name)
    }

    override fun level(): KeyLevel {
        val levels = runCatching {
            store.aliases().asSequence().filter { it.startsWith(prefix) }.map { levelOf(store.getKey(it, null)) }.toList()
        }
        return levels.getOrDefault(emptyList()).minOrNull() ?: KeyLevel.SOFTWARE
    }

    private inline fun <reified K : Key> key(name: String): K =
        store.getKey(prefix + name, null) as? K ?: throw KeyStoreException.Gone()

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
        when (purpose) {
            KeyPurpose.WRAP -> {
                val uses = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
                val spec = KeyGenParameterSpec.Builder(alias, uses)
                    .setKeySize(256)
                    .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                    .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                    .setIsStrongBoxBacked(inStrongBox)
                    .build()
                KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, PROVIDER).apply { init(spec) }.generateKey()
            }
            KeyPurpose.SIGN -> {
                val spec = KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_SIGN)
                    .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
                    .setDigests(KeyProperties.DIGEST_SHA256)
                    .setIsStrongBoxBacked(inStrongBox)
                    .build()
                val generator = KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, PROVIDER)
                generator.apply { initialize(spec) }.generateKeyPair()
            }
            KeyPurpose.WRAP_WHILE_UNLOCKED, KeyPurpose.WRAP_WITH_USER -> throw KeyStoreException.Failed("purpose")
        }
    }

    /** Runs [work] beside the caller, and says in the core's words why it failed. */
    private suspend fun <T> answering(work: () -> T): T = withContext(dispatcher) {
        try {
            work()
        } catch (error: GeneralSecurityException) {
            throw translated(error)
        } catch (error: ProviderException) {
            throw translated(error)
        } catch (error: IllegalArgumentException) {
            // Bytes that no key here made, such as a wrapped secret shorter than its nonce.
            throw translated(error)
        }
    }

    private fun translated(error: Exception): KeyStoreException {
        val unlocked = app.getSystemService(UserManager::class.java).isUserUnlocked
        val causes = generateSequence<Throwable>(error) { it.cause }.take(CAUSES)
        return when {
            !unlocked -> KeyStoreException.NotNow()
            causes.any { it is KeyPermanentlyInvalidatedException } -> KeyStoreException.Gone()
            // Sealed under another key of this alias, which is no more.
            causes.any { it is AEADBadTagException } -> KeyStoreException.Gone()
            causes.any { it is UserNotAuthenticatedException } -> KeyStoreException.NeedsUser()
            else -> KeyStoreException.Failed(causes.mapNotNull(::systemCode).firstOrNull() ?: error.javaClass.simpleName)
        }
    }
}

private const val PROVIDER = "AndroidKeyStore"
private const val AES_GCM = "AES/GCM/NoPadding"
private const val NONCE = 12
private const val TAG_BITS = 128

/** More than the system ever nests, and an end for a chain of causes that has none. */
private const val CAUSES = 8

/** The key store's own number for what went wrong, from Android 13 on. */
private fun systemCode(error: Throwable): String? =
    if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) numberOf(error) else null

@RequiresApi(Build.VERSION_CODES.TIRAMISU)
private fun numberOf(error: Throwable): String? =
    (error as? android.security.KeyStoreException)?.let { "keystore.${it.numericErrorCode}" }

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
