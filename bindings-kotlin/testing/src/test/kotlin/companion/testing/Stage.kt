package companion.testing

import companion.kit.HttpUrlConnectionTransport
import companion.kit.JvmDevice
import companion.kit.MemoryKeys
import companion.kit.sync
import companion.sdk.BindRequest
import companion.sdk.BindTo
import companion.sdk.CompanionClient
import companion.sdk.Draft
import companion.sdk.OutboundContent
import companion.sdk.Page
import companion.sdk.Ports
import companion.sdk.RecordKey
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout

/** A company, a phone that joined it, and its open client, for the time of [play]. */
internal class Stage(val company: TestCompany, val phone: TestPhone, val faulty: FaultyPorts, val client: CompanionClient) {
    /** Lets the customer write, and accepts and binds the conversation. Returns its key. */
    suspend fun workWithYamada(): RecordKey {
        company.customerWrites("こんにちは")
        company.settle()
        client.sync()
        client.registerAccount(TestCompany.account)
        return client.bind(BindRequest(TestCompany.conversation(), BindTo.WORK)).conversation
    }

    suspend fun send(conversation: RecordKey, text: String) =
        client.send(Draft(conversation, OutboundContent.Text(text, null)))

    suspend fun states(): List<String> = client.queue(Page()).items.map { it.state }
}

internal fun jvmPorts() = Ports(HttpUrlConnectionTransport(), MemoryKeys(), JvmDevice())

internal fun play(act: suspend Stage.() -> Unit) = runBlocking {
    TestCompany().use { company ->
        val faulty = FaultyPorts(jvmPorts())
        val phone = company.join(faulty.ports)
        phone.open(faulty.ports).use { client ->
            Stage(company, phone, faulty, client).act()
            client.shutDown()
        }
    }
}

/** Asks again until the answer holds: for what the gateway and the CRM do by themselves. */
internal suspend fun eventually(holds: suspend () -> Boolean) = withTimeout(60_000) { while (!holds()) delay(20) }
