package companion.testing

import companion.kit.changeFlow
import companion.kit.messagePages
import companion.kit.sync
import companion.kit.wholeInbox
import companion.kit.wholeJournal
import companion.kit.wholeLedger
import companion.kit.wholeQueue
import companion.kit.wholeUndecided
import companion.sdk.AccountRequest
import companion.sdk.BindRequest
import companion.sdk.BindTo
import companion.sdk.CancelToken
import companion.sdk.ChangeHint
import companion.sdk.CompanionClient
import companion.sdk.ConversationRef
import companion.sdk.Draft
import companion.sdk.IngestInput
import companion.sdk.Language
import companion.sdk.OutboundContent
import companion.sdk.PasscodeChange
import companion.sdk.QueueDecision
import companion.sdk.SyncOptions
import companion.sdk.SyncReport
import companion.sdk.UnlockWith
import companion.sdk.listEnrolments
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import org.json.JSONArray
import org.json.JSONObject

/** An open client, and what its commands need from one to the next. */
internal class Phone(private val client: CompanionClient, private val clock: TestClock, private val root: String) {
    private val scope = CoroutineScope(Dispatchers.Default + SupervisorJob())
    private val hints = ConcurrentLinkedQueue<ChangeHint>()
    private var begun: Begun? = null

    private class Begun(val token: CancelToken, val running: Deferred<SyncReport>)

    init {
        // Undispatched: the stream is open before anything is obeyed.
        scope.launch(start = CoroutineStart.UNDISPATCHED) { client.changeFlow().collect(hints::add) }
    }

    /** Does what [command] says, and returns the answer for JSON. */
    suspend fun obey(command: JSONObject): Any? = when (val name = command.getString("do")) {
        "clock" -> done { clock.set(command.getLong("at_ms")) }
        "suspend" -> done { client.suspend() }
        "resume" -> done { client.resume() }
        "touch" -> done { client.userActive() }
        "lock" -> done { client.lock() }
        "unlock" -> done { CancelToken().use { client.unlock(UnlockWith.Passcode(command.getString("code")), it) } }
        "set_passcode" -> done { CancelToken().use { client.setPasscode(change(command), it) } }
        "close" -> done { client.shutDown() }
        "list" -> listEnrolments(root).map { it.enrolment }
        "state" -> client.state().told()
        "diagnostics" -> client.diagnostics().told()
        "accept" -> done { client.registerAccount(account(command)) }
        "undecided" -> client.wholeUndecided().map { it.told() }
        "bind" -> client.bind(bindRequest(command)).items.toLong()
        "inbox" -> client.wholeInbox().map { it.told() }
        "messages" -> client.messagePages(command.getString("conversation")).toList().flatMap { it.messages }.map { it.told() }
        "send" -> client.send(draft(command)).told()
        "queue" -> client.wholeQueue().map { it.told() }
        "resolve" -> done { client.resolve(QueueDecision(command.getLong("id"), command.getString("decision"))) }
        "explain" -> client.explain(command.getString("subject"), language(command)).map { it.told() }
        "notices" -> client.notices().map { it.told() }
        "changes" -> generateSequence { hints.poll() }.map { it.told() }.toList()
        "ingest" -> client.ingest(payload(command)).told()
        "ledger" -> client.wholeLedger().map { it.told() }
        "journal" -> client.wholeJournal().map { it.told() }
        "sync" -> client.sync().told()
        "begin_sync" -> done { begin(Duration.ofSeconds(command.getLong("wait_s"))) }
        "cancel_sync" -> done { checkNotNull(begun).token.cancel() }
        "end_sync" -> end().told()
        else -> error("no command: $name")
    }

    private inline fun done(act: () -> Unit): Any? {
        act()
        return null
    }

    private fun begin(wait: Duration) {
        val token = CancelToken()
        val options = SyncOptions(wait + Duration.ofSeconds(25), wait)
        begun = Begun(token, scope.async { client.syncOnce(options, token) })
    }

    private suspend fun end(): SyncReport {
        val begun = checkNotNull(begun)
        this.begun = null
        return begun.token.use { begun.running.await() }
    }
}

private fun account(command: JSONObject) = AccountRequest(command.getString("channel"), command.getString("account"))

private fun bindRequest(command: JSONObject) =
    BindRequest(reference(command.getJSONObject("conversation")), BindTo.valueOf(command.getString("to").uppercase()))

private fun reference(json: JSONObject) =
    ConversationRef(json.getString("channel"), json.getString("account"), json.getString("conversation"))

private fun change(command: JSONObject) = PasscodeChange(command.opt("old") as? String, command.getString("new"))

private fun language(command: JSONObject) = Language.valueOf(command.getString("language").uppercase())

private fun payload(command: JSONObject) =
    IngestInput(command.getString("reader"), command.getString("raw").encodeToByteArray())

private fun draft(command: JSONObject) =
    Draft(command.getString("conversation"), content(command.getJSONObject("content")))

private fun content(json: JSONObject): OutboundContent = when (val kind = json.getString("kind")) {
    "text" -> OutboundContent.Text(json.getString("text"), json.optString("reply_to", null))
    "reaction" -> OutboundContent.Reaction(json.getString("target"), json.getString("emoji"))
    "template" -> OutboundContent.Template(
        json.getString("name"),
        json.getString("language"),
        json.optJSONArray("components", JSONArray()).map { it.toString() },
    )
    else -> error("no content: $kind")
}
