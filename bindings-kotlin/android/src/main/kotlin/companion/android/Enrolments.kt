package companion.android

import android.content.Context
import companion.kit.HttpUrlConnectionTransport
import companion.sdk.CompanionClient
import companion.sdk.CompanionException
import companion.sdk.EnrolmentId
import companion.sdk.EnrolmentSummary
import companion.sdk.OpenOptions
import companion.sdk.Ports
import companion.sdk.Transport
import companion.sdk.listEnrolments
import companion.sealer.InboxSealer
import companion.sealer.SealerException
import java.io.File

/** The folder of all enrolments of this app: no backup takes it, no other app reads it. */
val Context.enrolmentsFolder: File
    get() = File(noBackupFilesDir, "companion")

/**
 * The enrolments on this phone.
 *
 * @throws CompanionException as [listEnrolments].
 */
fun Context.enrolments(): List<EnrolmentSummary> = listEnrolments(enrolmentsFolder.path)

/**
 * Opens an enrolment with this phone's own ports.
 *
 * @param transport how requests go out, if not by the platform's own HTTP.
 * @param presence how the person confirms that they are there, if not by the system's prompt in the core's words.
 * @throws CompanionException as [CompanionClient.open].
 */
suspend fun Context.openEnrolment(
    enrolment: EnrolmentId,
    transport: Transport = HttpUrlConnectionTransport(),
    presence: UserPresence = SystemPrompt(this),
): CompanionClient {
    val options = OpenOptions(enrolmentsFolder.path, enrolment, sharedFolder(enrolment).path)
    return CompanionClient.open(options, androidPorts(transport, presence))
}

/**
 * Keeps what a push brings where there is no time to open the client, or where another process has it open. What it keeps is
 * taken in when the client next opens, resumes or synchronises.
 *
 * @throws SealerException.Internal only.
 */
fun Context.inboxSealer(enrolment: EnrolmentId): InboxSealer = InboxSealer.open(sharedFolder(enrolment).path)

private fun Context.sharedFolder(enrolment: EnrolmentId) = File(noBackupFilesDir, "companion-shared/$enrolment")

/** What an Android phone lends to the core. */
fun Context.androidPorts(
    transport: Transport = HttpUrlConnectionTransport(),
    presence: UserPresence = SystemPrompt(this),
): Ports = Ports(transport, AndroidKeyStoreKeys(this, presence = presence), AndroidDeviceFacts(this))
