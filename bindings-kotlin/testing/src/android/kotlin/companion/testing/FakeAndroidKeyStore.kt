package companion.testing

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import java.io.InputStream
import java.io.OutputStream
import java.math.BigInteger
import java.security.Key
import java.security.KeyFactorySpi
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyPairGeneratorSpi
import java.security.KeyStoreSpi
import java.security.PrivateKey
import java.security.Provider
import java.security.PublicKey
import java.security.SecureRandom
import java.security.Security
import java.security.cert.Certificate
import java.security.interfaces.ECPrivateKey
import java.security.spec.AlgorithmParameterSpec
import java.security.spec.KeySpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey
import javax.crypto.SecretKeyFactorySpi
import javax.crypto.spec.SecretKeySpec
import org.robolectric.util.ReflectionHelpers
import sun.misc.Unsafe

/**
 * Stands where on a phone the provider stands that asks the system's key store: Robolectric has none. Keys lie in memory,
 * each for the uses that it was made for, and what happens at their use can be ordered.
 */
object FakeAndroidKeyStore {
    internal val entries = Collections.synchronizedMap(sortedMapOf<String, Entry>())

    /** What happens whenever a key is used: it may fail or wait. */
    @Volatile
    var whenUsed: () -> Unit = {}

    /** What happens whenever a key is made. */
    @Volatile
    var whenMade: () -> Unit = {}

    /** Whether the phone's chip has room for a key. */
    @Volatile
    var strongBoxHasRoom = true

    /** Whether keys that are not in the chip are in the trusted environment; else in software. */
    @Volatile
    var hasTrustedEnvironment = true

    /** Whether a finger or face of class 3 is enrolled, without which no key that wants the user can be made. */
    @Volatile
    var biometricsEnrolled = true

    /** Whether the person confirmed what a key that wants the user was about to do: until then it does nothing. */
    @Volatile
    var userConfirmed = false

    /** What each key was made with, by its alias. */
    val specs: Map<String, KeyGenParameterSpec> get() = entries.mapValues { it.value.spec }

    /** Enrols another finger: the keys that end by that do nothing any more. */
    fun addFinger() = entries.values.filter { it.spec.endsByAnotherFinger }.forEach { it.invalidated = true }

    /** Puts it in the place of the system's, empty and in order. */
    fun install() {
        entries.clear()
        biometricsEnrolled = true
        userConfirmed = false
        whenUsed = {}
        whenMade = {}
        strongBoxHasRoom = true
        hasTrustedEnvironment = true
        Security.removeProvider(NAME)
        Security.addProvider(FakeProvider())
    }

    internal const val NAME = "AndroidKeyStore"

    internal class Entry(val spec: KeyGenParameterSpec, val key: Key, val certificate: Certificate? = null) {
        @Volatile
        var invalidated = false
    }

    internal fun add(spec: KeyGenParameterSpec, key: Key, certificate: Certificate? = null) {
        whenMade()
        if (spec.isStrongBoxBacked && !strongBoxHasRoom) throw StrongBoxUnavailableException()
        if (spec.isUserAuthenticationRequired && !biometricsEnrolled) throw IllegalStateException("nothing is enrolled")
        entries[spec.keystoreAlias] = Entry(spec, key, certificate)
    }

    /** What the system knows of a key: by it alone, as an app has no other name for it. */
    internal fun entryOf(key: Key): Entry = entries.values.single { it.key === key }

    private val KeyGenParameterSpec.endsByAnotherFinger: Boolean
        get() = isUserAuthenticationRequired && isInvalidatedByBiometricEnrollment

    internal fun info(key: Key): KeyInfo {
        val level = when {
            entryOf(key).spec.isStrongBoxBacked -> KeyProperties.SECURITY_LEVEL_STRONGBOX
            hasTrustedEnvironment -> KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT
            else -> KeyProperties.SECURITY_LEVEL_SOFTWARE
        }
        val info = unsafe.allocateInstance(KeyInfo::class.java) as KeyInfo
        val fields = KeyInfo::class.java.declaredFields.map { it.name }
        if ("mSecurityLevel" in fields) ReflectionHelpers.setField(info, "mSecurityLevel", level)
        if ("mInsideSecureHardware" in fields) {
            ReflectionHelpers.setField(info, "mInsideSecureHardware", level != KeyProperties.SECURITY_LEVEL_SOFTWARE)
        }
        return info
    }

    /** A system class without a constructor that a test could call. */
    private val unsafe: Unsafe = ReflectionHelpers.getStaticField(Unsafe::class.java, "theUnsafe")
}

private class FakeProvider : Provider(FakeAndroidKeyStore.NAME, "1.0", "keys in memory") {
    init {
        put("KeyStore.AndroidKeyStore", FakeStore::class.java.name)
        put("KeyGenerator.AES", FakeAesGenerator::class.java.name)
        put("KeyPairGenerator.EC", FakeEcGenerator::class.java.name)
        put("SecretKeyFactory.AES", FakeSecretKeyFactory::class.java.name)
        put("KeyFactory.EC", FakeKeyFactory::class.java.name)
        put("KeyPairGenerator.RSA", FakeRsaGenerator::class.java.name)
        put("KeyFactory.RSA", FakeKeyFactory::class.java.name)
        put("Cipher.RSA/ECB/OAEPWithSHA-256AndMGF1Padding", FakeRsaCipher::class.java.name)
    }
}

private class FakeSecretKey(private val key: SecretKey) : SecretKey by key {
    override fun getEncoded(): ByteArray = FakeAndroidKeyStore.whenUsed().let { key.encoded }
}

private class FakePrivateKey(private val key: ECPrivateKey) : ECPrivateKey by key {
    override fun getEncoded(): ByteArray = FakeAndroidKeyStore.whenUsed().let { key.encoded }

    override fun getS(): BigInteger = FakeAndroidKeyStore.whenUsed().let { key.s }
}

internal class FakeCertificate(private val key: PublicKey) : Certificate("fake") {
    override fun getPublicKey(): PublicKey = key

    override fun getEncoded(): ByteArray = key.encoded

    override fun verify(key: PublicKey) = Unit

    override fun verify(key: PublicKey, provider: String) = Unit

    override fun toString(): String = "fake"
}

internal class FakeAesGenerator : KeyGeneratorSpi() {
    private lateinit var spec: KeyGenParameterSpec

    override fun engineInit(random: SecureRandom?) = Unit

    override fun engineInit(size: Int, random: SecureRandom?) = Unit

    override fun engineInit(spec: AlgorithmParameterSpec, random: SecureRandom?) {
        this.spec = spec as KeyGenParameterSpec
    }

    override fun engineGenerateKey(): SecretKey {
        val bytes = ByteArray(spec.keySize / 8).also(SecureRandom()::nextBytes)
        return FakeSecretKey(SecretKeySpec(bytes, "AES")).also { FakeAndroidKeyStore.add(spec, it) }
    }
}

internal class FakeEcGenerator : KeyPairGeneratorSpi() {
    private lateinit var spec: KeyGenParameterSpec

    override fun initialize(size: Int, random: SecureRandom?) = Unit

    override fun initialize(spec: AlgorithmParameterSpec, random: SecureRandom?) {
        this.spec = spec as KeyGenParameterSpec
    }

    override fun generateKeyPair(): KeyPair {
        val pair = KeyPairGenerator.getInstance("EC").apply { initialize(spec.algorithmParameterSpec) }.generateKeyPair()
        val key = FakePrivateKey(pair.private as ECPrivateKey)
        FakeAndroidKeyStore.add(spec, key, FakeCertificate(pair.public))
        return KeyPair(pair.public, key)
    }
}

internal class FakeSecretKeyFactory : SecretKeyFactorySpi() {
    override fun engineGetKeySpec(key: SecretKey, spec: Class<*>): KeySpec = FakeAndroidKeyStore.info(key)

    override fun engineGenerateSecret(spec: KeySpec) = throw UnsupportedOperationException()

    override fun engineTranslateKey(key: SecretKey) = throw UnsupportedOperationException()
}

internal class FakeKeyFactory : KeyFactorySpi() {
    override fun <T : KeySpec> engineGetKeySpec(key: Key, spec: Class<T>): T = spec.cast(FakeAndroidKeyStore.info(key))!!

    override fun engineGeneratePublic(spec: KeySpec): PublicKey = throw UnsupportedOperationException()

    override fun engineGeneratePrivate(spec: KeySpec): PrivateKey = throw UnsupportedOperationException()

    override fun engineTranslateKey(key: Key): Key = throw UnsupportedOperationException()
}

internal class FakeStore : KeyStoreSpi() {
    private val entries get() = FakeAndroidKeyStore.entries

    override fun engineGetKey(alias: String, password: CharArray?): Key? = entries[alias]?.key

    override fun engineGetCertificate(alias: String): Certificate? = entries[alias]?.certificate

    override fun engineGetCertificateChain(alias: String): Array<Certificate>? = null

    override fun engineGetCertificateAlias(certificate: Certificate): String? = null

    override fun engineGetCreationDate(alias: String) = Date(0)

    override fun engineDeleteEntry(alias: String) {
        entries.remove(alias)
    }

    override fun engineAliases(): Enumeration<String> = Collections.enumeration(entries.keys.toList())

    override fun engineContainsAlias(alias: String): Boolean = alias in entries

    override fun engineSize(): Int = entries.size

    override fun engineIsKeyEntry(alias: String): Boolean = alias in entries

    override fun engineIsCertificateEntry(alias: String): Boolean = false

    override fun engineSetKeyEntry(alias: String, key: Key, password: CharArray?, chain: Array<Certificate>?) = Unit

    override fun engineSetKeyEntry(alias: String, key: ByteArray, chain: Array<Certificate>?) = Unit

    override fun engineSetCertificateEntry(alias: String, certificate: Certificate) = Unit

    override fun engineStore(stream: OutputStream?, password: CharArray?) = Unit

    override fun engineLoad(stream: InputStream?, password: CharArray?) = Unit
}
