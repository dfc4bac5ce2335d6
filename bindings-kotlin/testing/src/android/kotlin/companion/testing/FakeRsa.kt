package companion.testing

import android.security.KeyStoreException
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import java.security.AlgorithmParameters
import java.security.GeneralSecurityException
import java.security.InvalidAlgorithmParameterException
import java.security.InvalidKeyException
import java.security.Key
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyPairGeneratorSpi
import java.security.PrivateKey
import java.security.SecureRandom
import java.security.spec.AlgorithmParameterSpec
import java.security.spec.MGF1ParameterSpec
import javax.crypto.BadPaddingException
import javax.crypto.Cipher
import javax.crypto.CipherSpi
import javax.crypto.IllegalBlockSizeException
import javax.crypto.spec.OAEPParameterSpec

/** As on a phone, no provider but the system's can do anything with it. */
internal class FakeRsaKey(val key: PrivateKey) : PrivateKey {
    override fun getAlgorithm(): String = "RSA"

    override fun getFormat(): String? = null

    override fun getEncoded(): ByteArray? = null
}

internal class FakeRsaGenerator : KeyPairGeneratorSpi() {
    private lateinit var spec: KeyGenParameterSpec

    override fun initialize(size: Int, random: SecureRandom?) = Unit

    override fun initialize(spec: AlgorithmParameterSpec, random: SecureRandom?) {
        this.spec = spec as KeyGenParameterSpec
    }

    override fun generateKeyPair(): KeyPair {
        val pair = KeyPairGenerator.getInstance("RSA").apply { initialize(spec.keySize) }.generateKeyPair()
        val key = FakeRsaKey(pair.private)
        FakeAndroidKeyStore.add(spec, key, FakeCertificate(pair.public))
        return KeyPair(pair.public, key)
    }
}

/** Decrypts where the key may, as the system does: a dead key says so at once, a missing confirmation at the end. */
internal class FakeRsaCipher : CipherSpi() {
    private lateinit var entry: FakeAndroidKeyStore.Entry
    private val behind = Cipher.getInstance("RSA/ECB/OAEPPadding")

    override fun engineInit(mode: Int, key: Key, spec: AlgorithmParameterSpec?, random: SecureRandom?) {
        if (key !is FakeRsaKey) throw InvalidKeyException("not the system's")
        FakeAndroidKeyStore.whenUsed()
        entry = FakeAndroidKeyStore.entryOf(key)
        if (entry.invalidated) throw KeyPermanentlyInvalidatedException()
        if (mode != Cipher.DECRYPT_MODE || entry.spec.purposes and KeyProperties.PURPOSE_DECRYPT == 0) {
            throw InvalidKeyException("incompatible purpose")
        }
        val oaep = spec as OAEPParameterSpec
        val mask = (oaep.mgfParameters as MGF1ParameterSpec).digestAlgorithm
        if (oaep.digestAlgorithm !in entry.spec.digests || mask != "SHA-1") {
            throw InvalidAlgorithmParameterException("incompatible digest")
        }
        behind.init(mode, key.key, oaep)
    }

    override fun engineDoFinal(input: ByteArray, offset: Int, length: Int): ByteArray {
        if (entry.spec.isUserAuthenticationRequired && !FakeAndroidKeyStore.userConfirmed) {
            throw IllegalBlockSizeException().apply { initCause(KeyStoreException(NOT_AUTHENTICATED, "fake")) }
        }
        // One confirmation is for one use.
        FakeAndroidKeyStore.userConfirmed = false
        return try {
            behind.doFinal(input, offset, length)
        } catch (error: GeneralSecurityException) {
            throw BadPaddingException().apply { initCause(error) }
        }
    }

    override fun engineSetMode(mode: String) = Unit

    override fun engineSetPadding(padding: String) = Unit

    override fun engineGetBlockSize() = 0

    override fun engineGetOutputSize(length: Int) = behind.getOutputSize(length)

    override fun engineGetIV(): ByteArray? = null

    override fun engineGetParameters(): AlgorithmParameters? = behind.parameters

    override fun engineInit(mode: Int, key: Key, random: SecureRandom?): Unit = throw InvalidKeyException("needs its mask")

    override fun engineInit(mode: Int, key: Key, parameters: AlgorithmParameters?, random: SecureRandom?): Unit =
        throw InvalidKeyException("needs its mask")

    override fun engineUpdate(input: ByteArray, offset: Int, length: Int): ByteArray = throw UnsupportedOperationException()

    override fun engineUpdate(input: ByteArray, offset: Int, length: Int, output: ByteArray, at: Int): Int =
        throw UnsupportedOperationException()

    override fun engineDoFinal(input: ByteArray, offset: Int, length: Int, output: ByteArray, at: Int): Int =
        throw UnsupportedOperationException()
}

/** The system's own number for a key whose user did not confirm. */
private const val NOT_AUTHENTICATED = -26
