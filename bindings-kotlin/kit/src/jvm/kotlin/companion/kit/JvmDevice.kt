package companion.kit

import companion.sdk.DeviceFacts
import java.util.UUID

/** A phone that was unlocked once, for tests and tools on a JVM: each process counts as a start of its own. */
class JvmDevice(private val bootId: String = UUID.randomUUID().toString()) : DeviceFacts {
    override fun bootId(): String = bootId

    override fun protectedDataAvailable(): Boolean = true

    override fun versions(): String = "Java ${System.getProperty("java.version")}"
}
