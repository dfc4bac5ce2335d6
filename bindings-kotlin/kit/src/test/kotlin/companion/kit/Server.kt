package companion.kit

import java.io.Closeable
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.util.concurrent.CopyOnWriteArrayList
import kotlin.concurrent.thread

/**
 * A server that answers each request with the bytes that [answer] gives, or hangs up where it gives none, and keeps the
 * connection otherwise. It knows no more HTTP than that.
 */
internal class Server(private val answer: (request: String) -> String?) : Closeable {
    private val socket = ServerSocket(0, 50, InetAddress.getLoopbackAddress())

    /** The requests that arrived, each with its body. */
    val requests = CopyOnWriteArrayList<String>()

    /** Connections that the other side closed. */
    val hungUp = CopyOnWriteArrayList<Socket>()

    val url = "http://127.0.0.1:${socket.localPort}/path?query"

    init {
        thread(isDaemon = true) {
            while (true) {
                val connection = runCatching { socket.accept() }.getOrNull() ?: break
                thread(isDaemon = true) { connection.use(::serve) }
            }
        }
    }

    override fun close() = socket.close()

    private fun serve(connection: Socket) {
        val input = connection.getInputStream().bufferedReader(Charsets.ISO_8859_1)
        runCatching {
            while (true) {
                val head = generateSequence(input::readLine).takeWhile { it.isNotEmpty() }.toList()
                if (head.isEmpty()) break
                val length = head.firstNotNullOfOrNull { it.lowercase().removePrefixOrNull("content-length: ") } ?: "0"
                val body = CharArray(length.toInt()).also { if (it.isNotEmpty()) input.read(it) }
                val request = head.joinToString("\n") + "\n\n" + String(body)
                requests += request
                val answer = answer(request) ?: return
                connection.getOutputStream().apply { write(answer.toByteArray(Charsets.ISO_8859_1)) }.flush()
                if (answer.endsWith(CUT)) return
            }
        }
        hungUp += connection
    }

    companion object {
        /** The end of an answer after which the server hangs up. */
        const val CUT = "-cut"

        fun answer(status: String, body: String, vararg headers: String): String =
            (listOf("HTTP/1.1 $status", "Content-Length: ${body.length}") + headers).joinToString("\r\n") + "\r\n\r\n" + body
    }
}

private fun String.removePrefixOrNull(prefix: String): String? = if (startsWith(prefix)) removePrefix(prefix) else null
