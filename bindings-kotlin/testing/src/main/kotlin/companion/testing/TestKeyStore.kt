package companion.testing

import companion.sdk.KeyLevel
import companion.sdk.KeyPurpose
import companion.sdk.KeyStore
import java.io.File

/**
 * Keys in [folder], which outlive a process as those of a phone do. Their level is [KeyLevel.SOFTWARE].
 *
 * @param folder where the keys lie; it is made if it is missing.
 * @throws companion.sdk.KeyStoreException.Failed if the folder cannot be made.
 */
class TestKeyStore(folder: File) : KeyStore {
    private val keys = TestKeys(folder.path)

    override suspend fun make(name: String, purpose: KeyPurpose): String? = keys.make(name, purpose)

    override suspend fun wrap(name: String, secret: ByteArray): ByteArray = keys.wrap(name, secret)

    override suspend fun unwrap(name: String, wrapped: ByteArray): ByteArray = keys.unwrap(name, wrapped)

    override suspend fun sign(name: String, input: ByteArray): ByteArray = keys.sign(name, input)

    override suspend fun delete(name: String): Unit = keys.delete(name)

    override fun level(): KeyLevel = KeyLevel.SOFTWARE
}
