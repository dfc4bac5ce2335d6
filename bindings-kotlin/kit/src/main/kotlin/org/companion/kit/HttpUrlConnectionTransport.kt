package org.companion.kit

import java.io.IOException
import java.io.InputStream
import java.net.HttpURLConnection
import java.net.URI
import kotlin.coroutines.resume
import kotlin.time.Duration
import kotlin.time.toKotlinDuration
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asExecutor
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withTimeoutOrNull
import org.companion.sdk.HttpAnswer
import org.companion.sdk.HttpAttempt
import org.companion.sdk.HttpHeader
import org.companion.sdk.HttpMethod
import org.companion.sdk.HttpRequest
import org.companion.sdk.Transport

/**
 * HTTP by the platform's own [HttpURLConnection], on Android and on a JVM. Follows no redirect, keeps no cache and sends
 * nothing twice.
 *
 * An exchange is *not sent* only if no connection came about; whatever happens later counts as *lost*, because the other
 * side may have acted. On a desktop JVM the body of a 401 to a request with a body is missing: the JDK drops it.
 *
 * @param dispatcher runs the blocking calls, one thread for each exchange.
 */
class HttpUrlConnectionTransport(
    private val dispatcher: CoroutineDispatcher = Dispatchers.IO,
) : Transport {
    override suspend fun exchange(request: HttpRequest, timeout: java.time.Duration): HttpAttempt {
        val exchange = Exchange(request, timeout.toKotlinDuration())
        val ended = withTimeoutOrNull(timeout.toKotlinDuration()) {
            suspendCancellableCoroutine { waiting ->
                waiting.invokeOnCancellation { exchange.abandon() }
                dispatcher.asExecutor().execute { waiting.resume(exchange.run()) }
            }
        }
        return ended ?: exchange.withoutAnswer()
    }
}

/** One exchange on a thread of its own; [abandon] comes from another one. */
private class Exchange(private val request: HttpRequest, timeout: Duration) {
    private val patience = timeout.inWholeMilliseconds.coerceIn(1, Int.MAX_VALUE.toLong()).toInt()

    @Volatile
    private var connection: HttpURLConnection? = null

    @Volatile
    private var connected = false

    fun run(): HttpAttempt =
        try {
            HttpAttempt.Answered(answer(connect()))
        } catch (_: IOException) {
            withoutAnswer()
        } catch (_: RuntimeException) {
            // Both platforms answer a malformed address or header, and some broken answers, with unchecked exceptions.
            withoutAnswer()
        }

    fun abandon() {
        connection?.disconnect()
    }

    fun withoutAnswer(): HttpAttempt = if (connected) HttpAttempt.Lost else HttpAttempt.NotSent

    private fun connect(): HttpURLConnection {
        val connection = URI(request.url).toURL().openConnection() as HttpURLConnection
        this.connection = connection
        connection.requestMethod = request.method.word
        connection.instanceFollowRedirects = false
        connection.useCaches = false
        connection.connectTimeout = patience
        connection.readTimeout = patience
        request.headers.forEach { connection.addRequestProperty(it.name, it.value) }
        if (request.body.isNotEmpty()) {
            connection.doOutput = true
            // A body of fixed length is streamed, and what was streamed neither platform can send again by itself.
            connection.setFixedLengthStreamingMode(request.body.size)
        }
        connection.connect()
        connected = true
        return connection
    }

    private fun answer(connection: HttpURLConnection): HttpAnswer {
        if (request.body.isNotEmpty()) {
            connection.outputStream.use { it.write(request.body) }
        }
        val status = connection.responseCode
        if (status !in 100..599) throw IOException("no status")
        val body = (if (status < 400) connection.inputStream else connection.errorStream)?.use { whole(it, connection) }
        val headers = connection.headerFields.flatMap { (name, values) ->
            // The line with the status stands under no name.
            if (name == null) emptyList() else values.map { HttpHeader(name, it) }
        }
        return HttpAnswer(status.toUShort(), headers, body ?: ByteArray(0))
    }

    /** The body, and a cut one is none: not every platform says that it ended early. */
    private fun whole(stream: InputStream, connection: HttpURLConnection): ByteArray {
        val body = stream.readBytes()
        val announced = connection.getHeaderFieldLong("Content-Length", -1)
        val unpacked = connection.contentEncoding != null
        if (announced >= 0 && !unpacked && announced != body.size.toLong()) throw IOException("cut")
        return body
    }
}

private val HttpMethod.word: String
    get() = when (this) {
        HttpMethod.GET -> "GET"
        HttpMethod.POST -> "POST"
        HttpMethod.PUT -> "PUT"
        HttpMethod.DELETE -> "DELETE"
    }
