package companion.sample

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import companion.kit.wholeInbox
import companion.kit.wholeLedger
import companion.sdk.CompanionClient
import companion.sdk.LedgerEntry

/** What left the phone, newest first, how much of it in all, and how much is on the way. */
data class Sent(val entries: List<LedgerEntry>, val names: Map<String, String>, val recorded: ULong, val onTheWay: ULong)

/** Reads what the company received. */
class CompanyModel(private val client: CompanionClient) {
    /** What there is to show. */
    var sent: Loaded<Sent> by mutableStateOf(Loaded.Not)
        private set

    /** Reads it again. */
    suspend fun read() {
        sent = loaded {
            val state = client.state()
            val names = client.wholeInbox().mapNotNull { chat -> chat.title?.let { chat.key to it } }.toMap()
            Sent(client.wholeLedger(), names, state.recorded, state.undelivered)
        }
    }
}
