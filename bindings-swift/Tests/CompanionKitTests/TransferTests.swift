#if os(Linux)
    import Foundation
    import FoundationNetworking
    import Testing

    @testable import CompanionKit

    /// Whole files by `URLSession`, against a server on this machine. Only Apple's systems go on without the app.
    @Suite struct TransferTests {
        private let folder = FileManager.default.temporaryDirectory.appending(path: "companion-\(UUID())")
        private let ends: AsyncStream<(String, BackgroundTransfers.Outcome)>
        private let ending: AsyncStream<(String, BackgroundTransfers.Outcome)>.Continuation

        init() throws {
            (ends, ending) = AsyncStream.makeStream()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }

        private func transfers() -> BackgroundTransfers {
            BackgroundTransfers(configuration: .ephemeral) { [ending] in ending.yield(($0, $1)) }
        }

        private func request(_ url: String, _ method: HttpMethod) -> HttpRequest {
            let token = HttpHeader(name: "Authorization", value: "Bearer t")
            return HttpRequest(method: method, url: url, headers: [token], body: Data())
        }

        private func end() async throws -> (String, BackgroundTransfers.Outcome) {
            try #require(await ends.first { _ in true })
        }

        @Test func aFileIsSentAndItsAnswerIsTold() async throws {
            let server = try LocalServer(
                .answer("HTTP/1.1 201 Created\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"))
            let file = folder.appending(path: "sealed")
            try Data("sealed bytes".utf8).write(to: file)
            let transfers = transfers()
            try transfers.upload(id: "a1", file: file, request: request(server.url + "/v1/blobs/1", .put))
            let (id, outcome) = try await end()
            guard case .answered(let answer) = outcome else { throw Unexpected(outcome: outcome) }
            #expect(id == "a1" && answer.status == 201 && answer.body == Data("ok".utf8))
            let received = try #require(server.received.first)
            #expect(received.hasPrefix("PUT /v1/blobs/1 ") && received.hasSuffix("\r\n\r\nsealed bytes"))
            #expect(received.contains("Authorization: Bearer t\r\n"))
            transfers.finish()
        }

        @Test func whatIsUnderWayIsNamed() async throws {
            let server = try LocalServer(.silence)
            let transfers = transfers()
            try transfers.download(
                id: "a5", file: folder.appending(path: "blob"), request: request(server.url, .get))
            #expect(await transfers.underWay() == ["a5"])
            #expect(throws: BackgroundTransfers.InvalidRequest.self) {
                try transfers.download(id: "a6", file: folder, request: request("http://[", .get))
            }
        }

        @Test func anAnswerReplacesItsFileOnceItIsWhole() async throws {
            let server = try LocalServer(
                .answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nwhole"))
            let file = folder.appending(path: "blob")
            try Data("old".utf8).write(to: file)
            let transfers = transfers()
            try transfers.download(id: "a2", file: file, request: request(server.url + "/v1/blobs/2", .get))
            let (id, outcome) = try await end()
            guard case .answered(let answer) = outcome else { throw Unexpected(outcome: outcome) }
            #expect(id == "a2" && answer.status == 200)
            #expect(try Data(contentsOf: file) == Data("whole".utf8))
            transfers.finish()
        }

        @Test func whatDidNotArriveSaysWhetherItMayHave() async throws {
            let cut = try LocalServer(.answer("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\ncut"))
            let file = folder.appending(path: "blob")
            try Data("old".utf8).write(to: file)
            let transfers = transfers()
            try transfers.download(id: "a3", file: file, request: request(cut.url, .get))
            guard case .lost = try await end().1 else { throw Unexpected(outcome: nil) }
            #expect(try Data(contentsOf: file) == Data("old".utf8))
            try transfers.download(id: "a4", file: file, request: request("http://nobody.invalid/", .get))
            guard case .notSent = try await end().1 else { throw Unexpected(outcome: nil) }
            transfers.finish()
        }

        private struct Unexpected: Error {
            let outcome: BackgroundTransfers.Outcome?
        }
    }
#endif
