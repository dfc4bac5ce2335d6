package companion.kit

import companion.sdk.ChangeHint
import companion.sdk.CompanionClient
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow

/**
 * Hints that something changed, until the client is closed. Each collector has a cursor of its own from the moment it
 * collects; a slow one is told [ChangeHint.Everything]. A hint carries no truth: read again what is shown.
 */
fun CompanionClient.changeFlow(): Flow<ChangeHint> = flow {
    changes().use { stream ->
        while (true) emit(stream.next() ?: break)
    }
}
