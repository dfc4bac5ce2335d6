package companion.kit

import companion.sdk.HttpAnswer
import companion.sdk.HttpHeader
import companion.sdk.HttpMethod
import companion.sdk.HttpRequest
import companion.sdk.TransportException
import java.net.InetAddress
import java.net.ServerSocket
import java.time.Duration
import java.util.concurrent.CountDownLatch
import kotlin.concurrent.thread
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout

class HttpUrlConnectionTransportTest {
    private fun exchange(
        url: String,
        method: HttpMethod = HttpMethod.GET,
        body: String = "",
        headers: List<HttpHeader> = emptyList(),
        timeout: Duration = Duration.ofSeconds(20),
    ): HttpAnswer = runBlocking {
        HttpUrlConnectionTransport().exchange(HttpRequest(method, url, headers, body.toByteArray()), timeout)
    }

    private val HttpAnswer.text get() = body.decodeToString()

    @Test
    fun `a request goes out whole and its answer comes back whole`() {
        Server { Server.answer("200 OK", "hello", "X-Twice: a", "X-Twice: b") }.use { server ->
            val answer = exchange(server.url, HttpMethod.PUT, "body", listOf(HttpHeader("Authorization", "Bearer t")))
            assertEquals(200, answer.status.toInt())
            assertEquals("hello", answer.text)
            assertEquals(setOf("a", "b"), answer.headers.filter { it.name == "X-Twice" }.map { it.value }.toSet())
            val request = server.requests.single()
            assertContains(request, "PUT /path?query HTTP/1.1")
            assertContains(request, "Authorization: Bearer t")
            assertContains(request, "\n\nbody")
        }
    }

    @Test
    fun `every method arrives as itself`() {
        Server { Server.answer("200 OK", "") }.use { server ->
            HttpMethod.entries.forEach { exchange(server.url, it) }
            assertEquals(HttpMethod.entries.map { it.name }, server.requests.map { it.substringBefore(' ') })
        }
    }

    @Test
    fun `a refusal is an answer with its body`() {
        Server { Server.answer("429 Too Many", "later", "Retry-After: 7") }.use { server ->
            val answer = exchange(server.url, HttpMethod.POST, "x")
            assertEquals(429, answer.status.toInt())
            assertEquals("later", answer.text)
        }
        Server { Server.answer("401 No", "", "WWW-Authenticate: Bearer") }.use { server ->
            assertEquals(401, exchange(server.url, HttpMethod.POST, "x").status.toInt())
        }
    }

    @Test
    fun `a redirect is answered and not followed`() {
        Server { Server.answer("302 Found", "", "Location: /elsewhere") }.use { server ->
            assertEquals(302, exchange(server.url).status.toInt())
            assertEquals(1, server.requests.size)
        }
    }

    @Test
    fun `without a connection nothing was sent`() {
        val port = ServerSocket(0).use { it.localPort }
        assertFailsWith<TransportException.NotSent> { exchange("http://127.0.0.1:$port/") }
        assertFailsWith<TransportException.NotSent> { exchange("no address at all") }
        assertFailsWith<TransportException.NotSent> { exchange("mailto:a@b") }
    }

    @Test
    fun `without a TLS session nothing was sent`() {
        ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { server ->
            thread { server.accept().use { it.getOutputStream().write("this is no TLS".toByteArray()) } }
            assertFailsWith<TransportException.NotSent> { exchange("https://127.0.0.1:${server.localPort}/") }
        }
    }

    @Test
    fun `without a whole answer the request is lost`() {
        Server { null }.use { assertFailsWith<TransportException.Lost> { exchange(it.url, HttpMethod.POST, "x") } }
        Server { "nonsense\r\n\r\n" + Server.CUT }.use {
            assertFailsWith<TransportException.Lost> { exchange(it.url, HttpMethod.POST, "x") }
        }
        Server { "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf" + Server.CUT }.use {
            assertFailsWith<TransportException.Lost> { exchange(it.url) }
        }
    }

    @Test
    fun `an answer that does not come in time is lost`() {
        val release = CountDownLatch(1)
        Server { release.await().let { null } }.use {
            assertFailsWith<TransportException.Lost> { exchange(it.url, timeout = Duration.ofMillis(300)) }
            release.countDown()
        }
    }

    @Test
    fun `nothing is sent twice over a connection that was kept`() {
        Server { request -> if (request.endsWith("first")) Server.answer("200 OK", "") else null }.use { server ->
            exchange(server.url, HttpMethod.POST, "first")
            assertFailsWith<TransportException.Lost> { exchange(server.url, HttpMethod.POST, "second") }
            assertEquals(1, server.requests.count { it.endsWith("second") })
        }
    }

    @Test
    fun `cancelling ends the exchange`() = runBlocking {
        val release = CountDownLatch(1)
        // Who had not hung up would wait for the rest of the body.
        val begun = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
        Server { release.await().let { begun } }.use { server ->
            val job = launch(Dispatchers.Default) { exchange(server) }
            withTimeout(20_000) { while (server.requests.isEmpty()) delay(5) }
            job.cancelAndJoin()
            release.countDown()
            withTimeout(20_000) { while (server.hungUp.isEmpty()) delay(5) }
        }
    }

    private suspend fun exchange(server: Server) {
        val request = HttpRequest(HttpMethod.GET, server.url, emptyList(), ByteArray(0))
        HttpUrlConnectionTransport().exchange(request, Duration.ofMinutes(5))
    }
}
