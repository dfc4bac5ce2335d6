package companion.sample

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import companion.sdk.CompanionClient
import companion.sdk.Diagnostics

/** Reads what the phone tells of itself. */
class SettingsModel(private val client: CompanionClient) {
    /** What there is to show. */
    var diagnostics: Loaded<Diagnostics> by mutableStateOf(Loaded.Not)
        private set

    /** Reads it again. */
    suspend fun read() {
        diagnostics = loaded { client.diagnostics() }
    }
}
