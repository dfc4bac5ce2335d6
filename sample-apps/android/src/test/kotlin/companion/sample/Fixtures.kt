package companion.sample

import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import companion.sdk.ClientState
import companion.sdk.Content
import companion.sdk.Conversation
import companion.sdk.ConversationRef
import companion.sdk.Delivery
import companion.sdk.DeliveryState
import companion.sdk.Diagnostics
import companion.sdk.Direction
import companion.sdk.Language
import companion.sdk.Lease
import companion.sdk.LedgerEntry
import companion.sdk.Message
import companion.sdk.MessageVersion
import companion.sdk.MirrorState
import companion.sdk.Origin
import companion.sdk.QueueEntry
import companion.sdk.UndecidedConversation
import companion.sdk.reasonText
import java.time.Duration
import java.time.Instant

/** What the core would say, with its own texts: enough for each screen in each state. */
class Fixtures(private val language: Language = Language.EN) {
    private val nine = Instant.parse("2026-11-25T00:00:00Z")
    private val yesterday = Instant.parse("2026-11-24T09:20:00Z")

    private fun ref(number: String) = ConversationRef("whatsapp", "106540352242922", number)

    val yamada = Conversation("c1", ref("819011112222"), "山田 太郎", "十時でお願いします。", 2u, null)
    val sato = Conversation("c2", ref("819033334444"), "佐藤商事", "承知しました。", 0u, null)
    val yuko = UndecidedConversation(ref("819055556666"), "ゆうこ", 3uL)

    /** An entry of the queue in [state] for the reason [code], with the decisions that the core offers there. */
    fun waiting(id: Long, state: String, code: String? = null, decisions: List<String> = emptyList()) = Waiting(
        QueueEntry(id, "m$id", "c1", state, code, null, nine, 1u, decisions),
        listOfNotNull(code?.let { reasonText(it, language).copy(since = nine) }),
    )

    val queued = waiting(1, "queued", "outbox.retrying", listOf("discard"))
    val sending = waiting(2, "sending")
    val uncertain = waiting(3, "uncertain", "outbox.uncertain", listOf("mark_delivered", "send_again"))
    val held = waiting(4, "held", "outbox.stale", listOf("send_now", "discard"))
    val closed = waiting(5, "held", "outbox.window_closed", listOf("discard"))
    val outside = waiting(7, "held", "outbox.outside_hours", listOf("send_now", "discard"))
    val stuck = waiting(6, "stuck", "outbox.refused", listOf("send_now", "discard"))

    val outbox = Outbox(listOf(queued, sending, uncertain, held, closed, stuck), listOf(yamada, sato).associateBy { it.key })

    private fun content(text: String) = Content("text", text, emptyList(), null, "{}")

    /** A message that says the last of [texts], and said the others before. */
    fun message(
        key: String,
        direction: Direction,
        vararg texts: String,
        clientMessageId: String? = null,
        delivery: DeliveryState? = null,
        mirror: MirrorState = MirrorState.WAITING,
    ) = Message(
        key, null, clientMessageId, Origin.LIVE, direction, null, nine, nine, content(texts.last()),
        texts.map { MessageVersion(nine, content(it)) }, null, false, null, emptyList(),
        delivery?.let { Delivery(it, nine, "outbox.refused".takeIf { delivery == DeliveryState.FAILED }) },
        mirror,
    )

    private fun own(waiting: Waiting, text: String, mirror: MirrorState = MirrorState.RECORDED) = message(
        "m${waiting.entry.id}", Direction.OUTBOUND, text, clientMessageId = waiting.entry.clientMessageId, mirror = mirror,
    )

    /** A message in each state, the newest first. */
    val chat = Chat(
        listOf(
            own(stuck, "資料を送ります。", MirrorState.PARKED),
            own(held, "十一時はいかがですか。"),
            own(uncertain, "お電話しました。"),
            own(sending, "確認します。"),
            own(queued, "少々お待ちください。", MirrorState.WAITING),
            message("d2", Direction.OUTBOUND, "承知しました。", delivery = DeliveryState.READ, mirror = MirrorState.PARKED),
            message("d1", Direction.OUTBOUND, "九時に伺います。", delivery = DeliveryState.SENT, mirror = MirrorState.RECORDED),
            message("i1", Direction.INBOUND, "九時", "十時でお願いします。", mirror = MirrorState.RECORDED),
        ),
        listOf(queued, sending, uncertain, held, stuck).associateBy { it.entry.clientMessageId },
    )

    val today = Today(listOf(yamada), mapOf("held" to 2, "stuck" to 1), 1uL)

    val sent = Sent(
        listOf(LedgerEntry("m1", "message created", "c1", nine), LedgerEntry("m2", "binding bound", "c1", yesterday)),
        mapOf("c1" to "山田 太郎"), 2uL, 1uL,
    )

    private val lease = Lease(Duration.ofHours(60), nine.plus(Duration.ofHours(60)), null)

    val diagnostics = Diagnostics(
        ClientState("0b5c2a6e-6f0b-4f5b-9d7e-2f1f3a9c8d10", "open", "unlocked", lease, 5uL, 1uL, 0uL, 3uL, 2uL, emptyList()),
        "Android 15 (API 35), companion.sample 1.0 (1)", "", 12uL, "trusted_environment",
    )

    /** Every screen in its frame, in the order of the tabs. */
    val screens: List<@Composable () -> Unit> = listOf(
        { Framed(Tab.TODAY) { TodayScreen(Loaded.Here(today), {}, {}, {}) } },
        { Framed(Tab.CHATS) { Chats(Segment.WORK) } },
        { Framed(Tab.CHATS) { Chats(Segment.UNDECIDED) } },
        { Framed(Tab.CHATS) { Chats(Segment.PERSONAL) } },
        { BindSheet(yuko, {}, {}) },
        { Framed(null) { ChatScreen("山田 太郎", Loaded.Here(chat), "", object : ChatActs {}) } },
        { Framed(Tab.OUTBOX) { OutboxScreen(Loaded.Here(outbox), { _, _ -> }, {}) } },
        { Framed(Tab.COMPANY) { CompanyScreen(Loaded.Here(sent)) {} } },
        { Framed(Tab.SETTINGS) { SettingsScreen(Loaded.Here(diagnostics)) {} } },
    )

    /** Every dialog. */
    val dialogs: List<@Composable () -> Unit> =
        outbox.waiting.map<_, @Composable () -> Unit> { waiting -> { WaitingDialog(waiting, {}) {} } } +
            listOf<@Composable () -> Unit>({ DeliveryDialog(Delivery(DeliveryState.FAILED, nine, "outbox.refused")) {} })

    @Composable
    fun Chats(segment: Segment) = ChatsScreen(Loaded.Here(Chats(listOf(yamada, sato), listOf(yuko))), segment, object : ChatsActs {})

    @Composable
    private fun Framed(tab: Tab?, content: @Composable () -> Unit) =
        Frame(if (tab == null) "山田 太郎" else stringResource(tab.word), tab, {}, {}) { content() }
}
