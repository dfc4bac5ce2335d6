package companion.android

import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.content.RestrictionsManager
import android.os.Bundle
import android.os.UserManager
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate

/** One key of the managed configuration as the system delivers it: a wish of whoever manages the app, and untrusted. */
data class Restriction(val key: String, val value: Value) {
    /** The plain types that every MDM knows. */
    sealed interface Value {
        /** A text, and what a choice is set to. */
        data class Text(val text: String) : Value

        /** A whole number. */
        data class Number(val number: Long) : Value

        /** Yes or no. */
        data class Flag(val on: Boolean) : Value

        /** A list of texts. */
        data class Texts(val texts: List<String>) : Value

        /** Anything else, such as a nested bundle: [type] is its class, so that the administrator can be told. */
        data class Unsupported(val type: String) : Value
    }
}

/**
 * Reads the managed configuration of this app from [RestrictionsManager].
 *
 * @param context any context of the app.
 */
class RestrictionsReader(context: Context) {
    private val app = context.applicationContext
    private val manager = app.getSystemService(RestrictionsManager::class.java)

    /**
     * What is set now, by key. Empty where nobody manages the app; `null` while the system says that values are on their
     * way: wait for [changes] instead of starting with none.
     */
    fun read(): List<Restriction>? {
        val bundle = manager.applicationRestrictions ?: Bundle.EMPTY
        if (bundle.getBoolean(UserManager.KEY_RESTRICTIONS_PENDING)) return null
        return bundle.keySet().sorted().map { Restriction(it, plain(bundle.anything(it))) }
    }

    /**
     * What is set now and again after each change, while somebody collects: the system tells running apps only, so read at
     * every start, too.
     */
    fun changes(): Flow<List<Restriction>> = callbackFlow {
        val receiver = object : BroadcastReceiver() {
            override fun onReceive(context: Context, intent: Intent) {
                read()?.let(::trySend)
            }
        }
        // Only the system may send this broadcast, so the receiver needs no flag that says who else may.
        app.registerReceiver(receiver, IntentFilter(Intent.ACTION_APPLICATION_RESTRICTIONS_CHANGED))
        read()?.let(::trySend)
        awaitClose { app.unregisterReceiver(receiver) }
    }.conflate()
}

@Suppress("DEPRECATION") // The typed getters need a type beforehand, and the type is what is asked for.
private fun Bundle.anything(key: String): Any? = get(key)

private fun plain(value: Any?): Restriction.Value = when (value) {
    is String -> Restriction.Value.Text(value)
    is Boolean -> Restriction.Value.Flag(value)
    is Int -> Restriction.Value.Number(value.toLong())
    is Long -> Restriction.Value.Number(value)
    is Array<*> -> texts(value)
    else -> Restriction.Value.Unsupported(value?.javaClass?.simpleName ?: "null")
}

private fun texts(values: Array<*>): Restriction.Value {
    val texts = values.filterIsInstance<String>()
    return if (texts.size == values.size) Restriction.Value.Texts(texts) else Restriction.Value.Unsupported("array")
}
