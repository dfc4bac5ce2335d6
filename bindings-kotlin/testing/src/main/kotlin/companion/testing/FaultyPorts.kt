package companion.testing

import companion.sdk.DeviceFacts
import companion.sdk.HttpAnswer
import companion.sdk.HttpRequest
import companion.sdk.KeyLevel
import companion.sdk.KeyPurpose
import companion.sdk.KeyStore
import companion.sdk.Ports
import companion.sdk.Transport
import java.time.Duration

/**
 * Ports in front of others that answer as told: with what a phone may answer, such as
 * `KeyStoreException.NotNow()`, or with anything that it may not.
 */
class FaultyPorts(behind: Ports) {
    /** Thrown by each exchange instead of sending, while it is there. */
    @Volatile
    var transportFails: Exception? = null

    /** Thrown after each exchange was answered, while it is there. */
    @Volatile
    var answerFails: Exception? = null

    /** Thrown by each use of a key, while it is there. */
    @Volatile
    var keysFail: Exception? = null

    /** Thrown by each question about the phone, while it is there. */
    @Volatile
    var deviceFails: Exception? = null

    /** What to open a client with. */
    val ports: Ports = Ports(
        FaultyTransport(behind.transport),
        FaultyKeys(behind.keys),
        FaultyDevice(behind.device),
    )

    private inner class FaultyTransport(private val behind: Transport) : Transport {
        override suspend fun exchange(request: HttpRequest, timeout: Duration): HttpAnswer {
            transportFails?.let { throw it }
            return behind.exchange(request, timeout).also { answerFails?.let { throw it } }
        }
    }

    private inner class FaultyKeys(private val behind: KeyStore) : KeyStore {
        private suspend fun <T> unlessFailing(answer: suspend KeyStore.() -> T): T {
            keysFail?.let { throw it }
            return behind.answer()
        }

        override suspend fun make(name: String, purpose: KeyPurpose) = unlessFailing { make(name, purpose) }

        override suspend fun wrap(name: String, secret: ByteArray) = unlessFailing { wrap(name, secret) }

        override suspend fun unwrap(name: String, wrapped: ByteArray) = unlessFailing { unwrap(name, wrapped) }

        override suspend fun sign(name: String, input: ByteArray) = unlessFailing { sign(name, input) }

        override suspend fun delete(name: String) = unlessFailing { delete(name) }

        override fun level(): KeyLevel {
            keysFail?.let { throw it }
            return behind.level()
        }
    }

    private inner class FaultyDevice(private val behind: DeviceFacts) : DeviceFacts {
        private fun <T> unlessFailing(answer: DeviceFacts.() -> T): T {
            deviceFails?.let { throw it }
            return behind.answer()
        }

        override fun bootId() = unlessFailing { bootId() }

        override fun protectedDataAvailable() = unlessFailing { protectedDataAvailable() }

        override fun versions() = unlessFailing { versions() }
    }
}
