package companion.testing

import companion.sdk.KeyLevel
import companion.sdk.KeyPurpose
import companion.sdk.KeyStore
import companion.sdk.KeyStoreException
import java.io.File

/**
 * Keys in [folder], which outlive a process as those of a phone do, on a phone that can be locked and for a person whom
 * they ask. Their level is [KeyLevel.SOFTWARE].
 *
 * @param folder where the keys lie; it is made if it is missing.
 * @throws companion.sdk.KeyStoreException.Failed if the folder cannot be made.
 */
class TestKeyStore(folder: File) : KeyStore {
    private val keys = TestKeys(folder.path)

    /** Locks the phone or unlocks it: keys for [KeyPurpose.WRAP_WHILE_UNLOCKED] are out of reach while it is locked. */
    fun setLocked(locked: Boolean): Unit = keys.setLocked(locked)

    /** What the person does from now on whom a key for [KeyPurpose.WRAP_WITH_USER] asks, and where a question is open. */
    fun setPerson(person: Person): Unit = keys.setPerson(person)

    /**
     * Enrols another finger: the keys for [KeyPurpose.WRAP_WITH_USER] that there are unwrap nothing any more.
     *
     * @throws KeyStoreException.Failed if the folder cannot be written.
     */
    fun addFinger(): Unit = keys.addFinger()

    /** Answers each call about the key [name] with [error] until told otherwise. */
    fun fail(name: String, error: KeyStoreException?): Unit = keys.failName(name, error)

    /** Answers each call that makes or uses a key for [purpose] with [error] until told otherwise. */
    fun fail(purpose: KeyPurpose, error: KeyStoreException?): Unit = keys.failPurpose(purpose, error)

    override suspend fun make(name: String, purpose: KeyPurpose): String? = keys.make(name, purpose)

    override suspend fun wrap(name: String, secret: ByteArray): ByteArray = keys.wrap(name, secret)

    override suspend fun unwrap(name: String, wrapped: ByteArray): ByteArray = keys.unwrap(name, wrapped)

    override suspend fun sign(name: String, input: ByteArray): ByteArray = keys.sign(name, input)

    override suspend fun delete(name: String): Unit = keys.delete(name)

    override fun level(): KeyLevel = KeyLevel.SOFTWARE
}
