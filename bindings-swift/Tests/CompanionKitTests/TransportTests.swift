#if os(Linux)
    import Foundation
    import Testing

    @testable import CompanionKit

    /// The real `URLSession` against a server on this machine.
    @Suite struct TransportTests {
        private let transport = URLSessionTransport()

        private func request(_ url: String, method: HttpMethod = .get, body: String = "") -> HttpRequest {
            let headers = [
                HttpHeader(name: "Authorization", value: "Bearer t"), HttpHeader(name: "Content-Type", value: "text/x"),
            ]
            return HttpRequest(method: method, url: url, headers: headers, body: Data(body.utf8))
        }

        @Test func aRequestLeavesAsItIsAndTheWholeAnswerComesBack() async throws {
            let server = try LocalServer(
                .answer("HTTP/1.1 409 Conflict\r\nX-Code: 7\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfull"))
            let answer = try await transport.exchange(
                request: request(server.url + "/v1/records?x=1", method: .post, body: "{\"a\":1}"), timeout: 10)
            #expect(answer.status == 409)
            #expect(answer.body == Data("full".utf8))
            #expect(answer.headers.contains { $0.name.lowercased() == "x-code" && $0.value == "7" })
            let received = try #require(server.received.first)
            #expect(received.hasPrefix("POST /v1/records?x=1 HTTP/1.1\r\n"))
            #expect(received.contains("Authorization: Bearer t\r\n"))
            #expect(received.contains("Content-Type: text/x\r\n"))
            #expect(received.hasSuffix("\r\n\r\n{\"a\":1}"))
        }

        @Test(arguments: [(HttpMethod.get, "GET"), (.put, "PUT"), (.delete, "DELETE")])
        func eachMethodHasItsWord(method: HttpMethod, word: String) async throws {
            let server = try LocalServer(.answer("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"))
            _ = try await transport.exchange(request: request(server.url, method: method), timeout: 10)
            #expect(server.received.first?.hasPrefix("\(word) / ") == true)
        }

        @Test func aRedirectIsAnAnswer() async throws {
            let elsewhere = try LocalServer(
                .answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"))
            let server = try LocalServer(
                .answer(
                    "HTTP/1.1 307 Temporary Redirect\r\nLocation: \(elsewhere.url)/\r\nContent-Length: 0\r\n"
                        + "Connection: close\r\n\r\n"))
            let answer = try await transport.exchange(request: request(server.url), timeout: 10)
            #expect(answer.status == 307)
            #expect(elsewhere.received.isEmpty)
        }

        @Test func nothingIsKeptBetweenTwoRequests() async throws {
            let answer =
                "HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nCache-Control: max-age=600\r\nContent-Length: 2\r\n"
                + "Connection: close\r\n\r\nok"
            let server = try LocalServer(.answer(answer), .answer(answer))
            for _ in 1...2 { _ = try await transport.exchange(request: request(server.url), timeout: 10) }
            #expect(server.received.count == 2)
            #expect(!server.received.joined().lowercased().contains("cookie:"))
        }

        @Test func aRefusedConnectionAndAnUnknownNameAreNotSent() async throws {
            var server: LocalServer? = try LocalServer()
            let url = try #require(server?.url)
            server = nil
            for url in [url, "http://companion.invalid/", "no address at all %"] {
                await #expect(throws: TransportError.NotSent) {
                    try await transport.exchange(request: request(url), timeout: 10)
                }
            }
        }

        @Test(arguments: [
            LocalServer.Behaviour.silence, .answer(""), .answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
        ])
        func anAnswerThatIsNotWholeIsLost(behaviour: LocalServer.Behaviour) async throws {
            let server = try LocalServer(behaviour)
            await #expect(throws: TransportError.Lost) {
                try await transport.exchange(request: request(server.url, method: .post, body: "x"), timeout: 1)
            }
            #expect(server.received.count == 1)
        }

        @Test func aRequestThatIsGivenUpEndsAtOnce() async throws {
            let server = try LocalServer(.silence)
            let exchange = Task { try await transport.exchange(request: request(server.url), timeout: 3600) }
            while server.received.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
            exchange.cancel()
            await #expect(throws: TransportError.Lost) { try await exchange.value }
        }

        @Test func whatIsGivenUpWhileItsAnswerArrivesHoldsNothingUp() async throws {
            let answer = LocalServer.Behaviour.answer("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            let server = try LocalServer(Array(repeating: answer, count: 501))
            for turn in 0..<500 {
                let exchange = Task { try await transport.exchange(request: request(server.url), timeout: 10) }
                try await Task.sleep(for: .microseconds(turn * 10))
                exchange.cancel()
                _ = await exchange.result
            }
            #expect(try await transport.exchange(request: request(server.url), timeout: 10).status == 204)
        }
    }
#endif
