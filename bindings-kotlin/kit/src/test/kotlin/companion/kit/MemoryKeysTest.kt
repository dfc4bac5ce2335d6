package companion.kit

import companion.sdk.KeyLevel
import companion.sdk.KeyPurpose
import companion.sdk.KeyStoreException
import java.math.BigInteger
import java.security.AlgorithmParameters
import java.security.KeyFactory
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import java.security.spec.ECParameterSpec
import java.security.spec.ECPoint
import java.security.spec.ECPublicKeySpec
import java.util.Base64
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking

class MemoryKeysTest {
    private val keys = MemoryKeys()
    private val secret = ByteArray(32) { it.toByte() }

    @Test
    fun `what was wrapped is unwrapped, and a key made again is the same`() = runBlocking {
        assertNull(keys.make("a", KeyPurpose.WRAP))
        val wrapped = keys.wrap("a", secret)
        keys.make("a", KeyPurpose.WRAP)
        assertContentEquals(secret, keys.unwrap("a", wrapped))
        assertEquals(KeyLevel.SOFTWARE, keys.level())
    }

    @Test
    fun `a key serves its purpose alone, on a JVM that is never locked and knows no finger`() = runBlocking {
        keys.make("a", KeyPurpose.WRAP_WHILE_UNLOCKED)
        assertContentEquals(secret, keys.unwrap("a", keys.wrap("a", secret)))
        assertFailsWith<KeyStoreException.Failed> { keys.make("a", KeyPurpose.WRAP) }
        assertFailsWith<KeyStoreException.NeedsUser> { keys.make("b", KeyPurpose.WRAP_WITH_USER) }
        Unit
    }

    @Test
    fun `a signature holds under the public key that was told`() = runBlocking {
        val jwk = keys.make("s", KeyPurpose.SIGN)!!
        assertEquals(jwk, keys.make("s", KeyPurpose.SIGN))
        // Enough of them that some number begins with a zero byte, which DER leaves out and r‖s must not.
        repeat(600) { round ->
            val input = "input $round".toByteArray()
            val signature = keys.sign("s", input)
            assertEquals(64, signature.size)
            val verifier = Signature.getInstance("SHA256withECDSAinP1363Format")
            verifier.initVerify(publicKey(jwk))
            verifier.update(input)
            assertTrue(verifier.verify(signature))
        }
    }

    @Test
    fun `a missing key and another key of the name are gone`() {
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
        assertFailsWith<KeyStoreException.Failed> { runBlocking { keys.unwrap("a", byteArrayOf(1)) } }
    }

    @Test
    fun `bytes that are no signature are refused`() {
        val bad = listOf("", "30", "3000", "30060201010201", "300602010102010100", "31060201010201", "3006020101030101")
        for (hex in bad) {
            val der = hex.chunked(2).map { it.toInt(16).toByte() }.toByteArray()
            assertFailsWith<IllegalArgumentException>(hex) { es256FromDer(der) }
        }
    }

    private fun publicKey(jwk: String) = KeyFactory.getInstance("EC").generatePublic(
        ECPublicKeySpec(
            ECPoint(coordinate(jwk, "x"), coordinate(jwk, "y")),
            AlgorithmParameters.getInstance("EC").apply { init(ECGenParameterSpec("secp256r1")) }
                .getParameterSpec(ECParameterSpec::class.java),
        ),
    )

    private fun coordinate(jwk: String, name: String): BigInteger {
        val text = Regex("\"$name\":\"([^\"]+)\"").find(jwk)!!.groupValues[1]
        return BigInteger(1, Base64.getUrlDecoder().decode(text).also { assertEquals(32, it.size) })
    }
}
