package companion.sample

import companion.sdk.CompanionClient
import companion.sdk.Language
import companion.sdk.Page

/** All items of a list that comes in pages. */
suspend fun <T> all(page: suspend (Page) -> Pair<List<T>, Long?>): List<T> = buildList {
    var after: Long? = null
    do {
        val (items, next) = page(Page(after))
        addAll(items)
        after = next
    } while (after != null)
}

/** What waits to be sent, in order, and why. */
suspend fun CompanionClient.waiting(language: Language): List<Waiting> =
    all { page -> queue(page).let { it.items to it.next } }.map { entry -> Waiting(entry, explain("queue:${entry.id}", language)) }

/** The customers' names by work chat. */
suspend fun CompanionClient.names(): Map<String, String> =
    all { page -> inbox(page).let { it.items to it.next } }.mapNotNull { chat -> chat.title?.let { chat.key to it } }.toMap()
