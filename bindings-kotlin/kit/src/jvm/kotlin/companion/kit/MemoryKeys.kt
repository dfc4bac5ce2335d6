package companion.kit

import companion.sdk.KeyLevel
import companion.sdk.KeyPurpose
import companion.sdk.KeyStore
import companion.sdk.KeyStoreException
import java.security.GeneralSecurityException
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.SecureRandom
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import java.util.concurrent.ConcurrentHashMap
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import javax.crypto.spec.SecretKeySpec

/**
 * Keys in the memory of this process, for tests and tools on a JVM. Their level is [KeyLevel.SOFTWARE], and what they
 * sealed is lost with the process.
 */
class MemoryKeys : KeyStore {
    private val purposes = ConcurrentHashMap<String, KeyPurpose>()
    private val wrapping = ConcurrentHashMap<String, SecretKey>()
    private val signing = ConcurrentHashMap<String, KeyPair>()

    override suspend fun make(name: String, purpose: KeyPurpose): String? {
        // A JVM is never locked, and knows no finger and no face.
        if (purpose == KeyPurpose.WRAP_WITH_USER) throw KeyStoreException.NeedsUser()
        if (purposes.getOrPut(name) { purpose } != purpose) throw KeyStoreException.Failed("purpose")
        return if (purpose == KeyPurpose.SIGN) {
            val pair = signing.computeIfAbsent(name) {
                val generator = KeyPairGenerator.getInstance("EC")
                generator.initialize(ECGenParameterSpec("secp256r1"), random)
                generator.generateKeyPair()
            }
            (pair.public as ECPublicKey).toJwk()
        } else {
            wrapping.computeIfAbsent(name) { SecretKeySpec(ByteArray(32).also(random::nextBytes), "AES") }
            null
        }
    }

    override suspend fun wrap(name: String, secret: ByteArray): ByteArray = translated {
        val cipher = Cipher.getInstance(AES_GCM)
        cipher.init(Cipher.ENCRYPT_MODE, present(wrapping[name]))
        cipher.iv + cipher.doFinal(secret)
    }

    override suspend fun unwrap(name: String, wrapped: ByteArray): ByteArray = translated {
        val cipher = Cipher.getInstance(AES_GCM)
        cipher.init(Cipher.DECRYPT_MODE, present(wrapping[name]), GCMParameterSpec(128, wrapped, 0, NONCE))
        cipher.doFinal(wrapped, NONCE, wrapped.size - NONCE)
    }

    override suspend fun sign(name: String, input: ByteArray): ByteArray = translated {
        val signature = Signature.getInstance("SHA256withECDSA")
        signature.initSign(present(signing[name]).private)
        signature.update(input)
        es256FromDer(signature.sign())
    }

    override suspend fun delete(name: String) {
        purposes.remove(name)
        wrapping.remove(name)
        signing.remove(name)
    }

    override fun level(): KeyLevel = KeyLevel.SOFTWARE
}

private const val AES_GCM = "AES/GCM/NoPadding"
private const val NONCE = 12
private val random = SecureRandom()

private fun <T : Any> present(key: T?): T = key ?: throw KeyStoreException.Gone()

private fun <T> translated(work: () -> T): T =
    try {
        work()
    } catch (_: AEADBadTagException) {
        // Sealed under another key of this name, which is no more.
        throw KeyStoreException.Gone()
    } catch (error: GeneralSecurityException) {
        throw KeyStoreException.Failed(error.javaClass.simpleName)
    } catch (error: IllegalArgumentException) {
        throw KeyStoreException.Failed(error.javaClass.simpleName)
    }
