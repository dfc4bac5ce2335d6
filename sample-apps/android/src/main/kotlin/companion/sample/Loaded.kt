package companion.sample

import companion.sdk.CompanionException

/** What a screen has of what it shows. */
sealed interface Loaded<out T> {
    /** Nothing yet. */
    data object Not : Loaded<Nothing>

    /** [value], as read last. */
    data class Here<T>(val value: T) : Loaded<T>

    /** It could not be read: [id] finds the reason in the log. */
    data class Failed(val id: String) : Loaded<Nothing>
}

/** What [read] returns, or under what its failure is found. */
suspend fun <T> loaded(read: suspend () -> T): Loaded<T> =
    try {
        Loaded.Here(read())
    } catch (error: CompanionException) {
        Loaded.Failed(incident(error))
    }
