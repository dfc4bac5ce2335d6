package companion.sample

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.FilterChip
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.drawBehind
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.graphics.PathEffect
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.LayoutDirection
import androidx.compose.ui.unit.dp
import companion.sdk.Conversation
import companion.sdk.UndecidedConversation

/** The three spaces, which never mix: each has an icon, a word and an edge of its own. */
enum class Segment(val word: Int, val icon: Int) {
    WORK(R.string.work, R.drawable.work),
    UNDECIDED(R.string.undecided, R.drawable.uncertain),
    PERSONAL(R.string.personal, R.drawable.personal),
}

/** What can be done on [ChatsScreen]. */
interface ChatsActs {
    fun choose(chosen: Segment) = Unit
    fun open(chat: Conversation) = Unit
    fun makeWork(chat: UndecidedConversation) = Unit
    fun keepPersonal(chat: UndecidedConversation) = Unit
    fun addAccount() = Unit
    fun retry() = Unit
}

/** The chats of one segment. */
@Composable
fun ChatsScreen(chats: Loaded<Chats>, segment: Segment, acts: ChatsActs) = Column {
    Segments(segment, acts::choose)
    Part(chats, acts::retry) { here ->
        when (segment) {
            Segment.WORK -> Work(here.work, acts)
            Segment.UNDECIDED -> Undecided(here.undecided, acts)
            Segment.PERSONAL -> Sentence(stringResource(R.string.personal_never))
        }
    }
}

@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun Segments(chosen: Segment, choose: (Segment) -> Unit) =
    FlowRow(Modifier.fillMaxWidth().padding(16.dp, 8.dp), Arrangement.spacedBy(8.dp)) {
        for (segment in Segment.entries) {
            FilterChip(
                segment == chosen,
                { choose(segment) },
                { Text(stringResource(segment.word)) },
                Modifier.heightIn(min = TOUCH),
                leadingIcon = { Picture(segment.icon) },
            )
        }
    }

@Composable
private fun Work(chats: List<Conversation>, acts: ChatsActs) {
    if (chats.isEmpty()) {
        return Sentence(stringResource(R.string.no_work_chats), stringResource(R.string.add_account), acts::addAccount)
    }
    LazyColumn {
        items(chats, { it.key }) { ChatLine(it, acts::open, Modifier.edge(dashed = false)) }
    }
}

/** A work chat: with whom, the last line, and how much of it is unread. */
@Composable
fun ChatLine(chat: Conversation, open: (Conversation) -> Unit, modifier: Modifier = Modifier) {
    val unread = chat.unread.takeIf { it > 0u }?.let(::badge)
    Line(
        customer(chat.title),
        chat.preview,
        unread,
        R.drawable.work,
        modifier.clickable { open(chat) },
        endSpoken = unread?.let { stringResource(R.string.unread, it) },
    )
}

@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun Undecided(chats: List<UndecidedConversation>, acts: ChatsActs) {
    if (chats.isEmpty()) return Sentence(stringResource(R.string.nothing_undecided))
    LazyColumn {
        items(chats, { it.conversation.toString() }) { chat ->
            Line(
                customer(chat.name),
                stringResource(R.string.items, chat.items.toString()),
                icon = R.drawable.uncertain,
                modifier = Modifier.edge(dashed = true),
            ) {
                FlowRow(Modifier.padding(top = 8.dp), Arrangement.spacedBy(8.dp), Arrangement.spacedBy(8.dp)) {
                    Act(stringResource(R.string.make_work)) { acts.makeWork(chat) }
                    Act(stringResource(R.string.keep_personal)) { acts.keepPersonal(chat) }
                }
            }
        }
    }
}

/** A number for a small place. */
fun badge(count: UInt): String = if (count > 99u) "99+" else count.toString()

/** The edge of 4 dp that says work, or dashed, that nobody decided. */
@Composable
private fun Modifier.edge(dashed: Boolean): Modifier {
    val color = if (dashed) MaterialTheme.colorScheme.outline else MaterialTheme.colorScheme.primary
    return drawBehind {
        val dash = 8.dp.toPx()
        val effect = if (dashed) PathEffect.dashPathEffect(floatArrayOf(dash, dash)) else null
        val x = if (layoutDirection == LayoutDirection.Ltr) 2.dp.toPx() else size.width - 2.dp.toPx()
        drawLine(color, Offset(x, 0f), Offset(x, size.height), 4.dp.toPx(), pathEffect = effect)
    }
}
