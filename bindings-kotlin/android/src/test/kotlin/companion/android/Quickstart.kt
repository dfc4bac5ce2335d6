package companion.android

import android.app.Activity
import android.content.Context
import companion.kit.changeFlow
import companion.kit.sync
import companion.sdk.AccountRequest
import companion.sdk.BindRequest
import companion.sdk.BindTo
import companion.sdk.CompanionClient
import companion.sdk.CompanionException
import companion.sdk.Draft
import companion.sdk.EnrolmentId
import companion.sdk.Language
import companion.sdk.LogLevel
import companion.sdk.Message
import companion.sdk.MessageQuery
import companion.sdk.OutboundContent
import companion.sdk.Page
import companion.sdk.QueueEntry
import companion.sdk.RecordKey
import companion.sdk.UndecidedConversation
import companion.sdk.reasonText
import companion.sdk.setLogSink

/** What docs/quickstart-android.md and README.md show: a test of `cargo xtask` compares, QuickstartTest runs it. */
internal class Quickstart(private val show: (List<String>) -> Unit) {
    suspend fun day(context: Context): CompanionClient? {
        setLogSink(LogLevel.INFO, LogcatSink())
        val enrolment = context.enrolments().firstOrNull() ?: return null
        return context.openEnrolment(enrolment.enrolment)
    }

    suspend fun inOwnWords(context: Context, enrolment: EnrolmentId): CompanionClient {
        return context.openEnrolment(enrolment, presence = SystemPrompt(context, "お客様とのトークを開きます"))
    }

    suspend fun accept(client: CompanionClient) {
        client.registerAccount(AccountRequest(channel = "whatsapp", account = "106540352242922"))
    }

    suspend fun decide(client: CompanionClient): List<UndecidedConversation> {
        val waiting = client.undecided(Page()).items
        waiting.firstOrNull()?.let { client.bind(BindRequest(it.conversation, BindTo.WORK)) }
        return waiting
    }

    suspend fun watch(client: CompanionClient) {
        show(client.inbox(Page()).items.map { it.title ?: it.key })
        client.changeFlow().collect {
            show(client.inbox(Page()).items.map { it.title ?: it.key })
        }
    }

    suspend fun read(client: CompanionClient, conversation: RecordKey): List<Message> =
        client.messages(MessageQuery(conversation)).messages

    suspend fun write(client: CompanionClient, conversation: RecordKey, text: String) {
        client.send(Draft(conversation, OutboundContent.Text(text, replyTo = null)))
    }

    suspend fun queue(client: CompanionClient): List<Pair<QueueEntry, String?>> =
        client.queue(Page()).items.map { entry ->
            entry to entry.reason?.let { reasonText(it, Language.JA).text }
        }

    suspend fun refresh(client: CompanionClient): Boolean =
        try {
            client.sync().complete
        } catch (_: CompanionException.Offline) {
            false
        }

    suspend fun work(client: CompanionClient): Boolean =
        runCatching { client.syncFromWorker().complete }.getOrDefault(false)

    fun onCreate(activity: Activity) {
        activity.secureWindow()
    }
}
