package companion.kit

import java.math.BigInteger
import java.security.interfaces.ECPublicKey
import java.util.Base64

/** Bytes of a P-256 coordinate and of each half of an ES256 signature (RFC 7518, 3.4 and 6.2.1). */
private const val COORDINATE = 32

/** A P-256 public key as a JWK in JSON (RFC 7517). */
internal fun ECPublicKey.toJwk(): String {
    val encode = { number: BigInteger -> Base64.getUrlEncoder().withoutPadding().encodeToString(number.toCoordinate()) }
    return """{"kty":"EC","crv":"P-256","x":"${encode(w.affineX)}","y":"${encode(w.affineY)}"}"""
}

/**
 * An ECDSA signature as Java's providers make it (DER: a sequence of two integers) as the r‖s of ES256.
 *
 * @throws IllegalArgumentException if it is none.
 */
internal fun es256FromDer(der: ByteArray): ByteArray {
    val (sequence, end) = element(der, 0, 0x30)
    val (r, afterR) = element(der, sequence.first, 0x02)
    val (s, afterS) = element(der, afterR, 0x02)
    require(end == der.size && afterS == end) { "no signature" }
    return BigInteger(der.sliceArray(r)).toCoordinate() + BigInteger(der.sliceArray(s)).toCoordinate()
}

/** Where the content of the element at [start] lies, and where the next one begins. P-256 needs no long lengths. */
private fun element(der: ByteArray, start: Int, tag: Int): Pair<IntRange, Int> {
    require(der.size > start + 2 && der[start].toInt() == tag && der[start + 1] > 0) { "no signature" }
    val first = start + 2
    val next = first + der[start + 1]
    require(next <= der.size) { "no signature" }
    return (first until next) to next
}

private fun BigInteger.toCoordinate(): ByteArray {
    val bytes = toByteArray().dropWhile { it == 0.toByte() }
    require(signum() >= 0 && bytes.size <= COORDINATE) { "no coordinate" }
    return ByteArray(COORDINATE - bytes.size) + bytes
}
