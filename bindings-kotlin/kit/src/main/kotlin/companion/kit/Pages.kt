package companion.kit

import companion.sdk.CompanionClient
import companion.sdk.CompanionException
import companion.sdk.Conversation
import companion.sdk.JournalEntry
import companion.sdk.LedgerEntry
import companion.sdk.MessagePage
import companion.sdk.MessageQuery
import companion.sdk.Page
import companion.sdk.QueueEntry
import companion.sdk.RecordKey
import companion.sdk.UndecidedConversation
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow

/** As many entries as the core gives at once. */
private const val MOST = 200u

/**
 * Every work chat, in the order of [CompanionClient.inbox].
 *
 * @throws CompanionException as [CompanionClient.inbox].
 */
suspend fun CompanionClient.wholeInbox(): List<Conversation> = whole { inbox(it).run { items to next } }

/**
 * Every chat that waits for a decision, in the order of [CompanionClient.undecided].
 *
 * @throws CompanionException as [CompanionClient.undecided].
 */
suspend fun CompanionClient.wholeUndecided(): List<UndecidedConversation> = whole { undecided(it).run { items to next } }

/**
 * Every message that waits to be sent, in the order of [CompanionClient.queue].
 *
 * @throws CompanionException as [CompanionClient.queue].
 */
suspend fun CompanionClient.wholeQueue(): List<QueueEntry> = whole { queue(it).run { items to next } }

/**
 * Everything that left the phone, in the order of [CompanionClient.ledger].
 *
 * @throws CompanionException as [CompanionClient.ledger].
 */
suspend fun CompanionClient.wholeLedger(): List<LedgerEntry> = whole { ledger(it).run { items to next } }

/**
 * Every decision that was made, in the order of [CompanionClient.journal].
 *
 * @throws CompanionException as [CompanionClient.journal].
 */
suspend fun CompanionClient.wholeJournal(): List<JournalEntry> = whole { journal(it).run { items to next } }

/**
 * The messages of a work chat, newest first, page by page: each is read when it is collected, so take as many as are shown.
 *
 * @param limit how many messages a page has at most.
 * @throws CompanionException as [CompanionClient.messages], from the collector.
 */
fun CompanionClient.messagePages(conversation: RecordKey, limit: UInt = 50u): Flow<MessagePage> = flow {
    var before: ULong? = null
    do {
        val page = messages(MessageQuery(conversation, before, limit))
        emit(page)
        before = page.next
    } while (before != null)
}

private suspend fun <T> whole(page: suspend (Page) -> Pair<List<T>, Long?>): List<T> = buildList {
    var after: Long? = null
    do {
        val (items, next) = page(Page(after, MOST))
        addAll(items)
        after = next
    } while (after != null)
}
