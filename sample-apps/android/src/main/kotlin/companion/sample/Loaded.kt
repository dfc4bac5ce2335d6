package companion.sample

import companion.sdk.CompanionException

/** What a screen has of what it shows. */
sealed interface Loaded<out T> {
    /** Nothing yet. */
    data object Not : Loaded<Nothing>

    /** [value], as read last. */
    data class Here<T>(val value: T) : Loaded<T>

    /** It could not be read. */
    data class Failed(val error: CompanionException) : Loaded<Nothing>
}

/** What [read] returns, or why it could not be read. */
suspend fun <T> loaded(read: suspend () -> T): Loaded<T> =
    try {
        Loaded.Here(read())
    } catch (error: CompanionException) {
        Loaded.Failed(error)
    }
