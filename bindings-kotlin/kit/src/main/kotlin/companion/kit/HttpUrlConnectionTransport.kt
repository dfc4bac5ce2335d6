package companion.kit

import companion.sdk.HttpAnswer
import companion.sdk.HttpHeader
import companion.sdk.HttpRequest
import companion.sdk.Transport
import companion.sdk.TransportException
import java.io.IOException
import java.io.InputStream
import java.net.HttpURLConnection
import java.net.URI
import java.time.Duration
import kotlin.time.toKotlinDuration
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asExecutor
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withTimeoutOrNull

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
    override suspend fun exchange(request: HttpRequest, timeout: Duration): HttpAnswer {
        val exchange = Exchange(request, timeout)
        val answer = withTimeoutOrNull(timeout.toKotlinDuration()) {
            suspendCancellableCoroutine { waiting ->
                waiting.invokeOnCancellation { exchange.abandon() }
                dispatcher.asExecutor().execute { waiting.resumeWith(runCatching(exchange::run)) }
            }
        }
        return answer ?: throw exchange.withoutAnswer()
    }
}

/** One exchange on a thread of its own; [abandon] comes from another one. */
private class Exchange(private val request: HttpRequest, timeout: Duration) {
    private val patience = timeout.toMillis().coerceIn(1, Int.MAX_VALUE.toLong()).toInt()

    @Volatile
    private var connection: HttpURLConnection? = null

    @Volatile
    private var abandoned = false

    @Volatile
    private var connected = false

    fun run(): HttpAnswer =
        try {
            answer(connect())
        } catch (_: IOException) {
            throw withoutAnswer()
        } catch (_: RuntimeException) {
            // Both platforms answer a malformed address or header, and some broken answers, with unchecked exceptions.
            throw withoutAnswer()
        }

    fun abandon() {
        abandoned = true
        connection?.disconnect()
    }

    fun withoutAnswer(): TransportException = if (connected) TransportException.Lost() else TransportException.NotSent()

    private fun connect(): HttpURLConnection {
        val connection = URI.create(request.url).toURL().openConnection() as HttpURLConnection
        this.connection = connection
        connection.requestMethod = request.method.name
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
        if (abandoned) throw IOException("abandoned")
        connection.connect()
        connected = true
        return connection
    }

    private fun answer(connection: HttpURLConnection): HttpAnswer {
        if (request.body.isNotEmpty()) {
            connection.outputStream.use { it.write(request.body) }
        }
        val status = connection.responseCode
        if (status < 0) throw IOException("no HTTP")
        val stream = if (status < HttpURLConnection.HTTP_BAD_REQUEST) connection.inputStream else connection.errorStream
        val body = stream?.use { whole(it, connection) } ?: ByteArray(0)
        // The line with the status stands among the headers, under no name.
        val named = connection.headerFields.filterKeys { it != null }
        val headers = named.flatMap { (name, values) -> values.map { HttpHeader(name, it) } }
        return HttpAnswer(status.toUShort(), headers, body)
    }

    /** The body, and a cut one is none: not every platform says that it ended early. */
    private fun whole(stream: InputStream, connection: HttpURLConnection): ByteArray {
        val body = stream.readBytes()
        val announced = connection.getHeaderFieldLong("Content-Length", -1)
        // What the platform unpacked on the way has another length than announced.
        val asSent = connection.contentEncoding == null && announced >= 0
        if (asSent && announced != body.size.toLong()) throw IOException("cut")
        return body
    }
}
