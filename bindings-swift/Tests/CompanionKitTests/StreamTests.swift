import CompanionTesting
import Foundation
import Testing

@Suite struct StreamTests {
    @Test func aHintSaysWhatChanged() async throws {
        let day = try await Workday()
        let hints = day.client.hints.makeAsyncIterator()
        _ = try await day.send("はい")
        #expect(try await hints.next() == .queue)
        try await day.end()
        #expect(try await hints.next() == nil)
    }

    @Test func eachIterationHasItsOwnCursor() async throws {
        let day = try await Workday()
        let (first, second) = (day.client.hints.makeAsyncIterator(), day.client.hints.makeAsyncIterator())
        _ = try await day.send("はい")
        #expect(try await first.next() == .queue)
        #expect(try await second.next() == .queue)
        try await day.end()
    }

    @Test func aCancelledIterationEnds() async throws {
        let day = try await Workday()
        let watching = Task { for try await _ in day.client.hints {} }
        watching.cancel()
        _ = await watching.result
        try await day.end()
    }

    @Test func closingTheClientEndsItsStreams() async throws {
        let day = try await Workday()
        let watching = Task { for try await _ in day.client.hints {} }
        try await day.client.close()
        try await watching.value
        try await day.company.stop()
    }

    @Test func aCancelledTaskEndsItsCall() async throws {
        let day = try await Workday()
        _ = try await day.client.syncOnce()
        let polling = Task { try await day.client.syncOnce(SyncOptions(within: 600, waiting: 600)) }
        polling.cancel()
        await #expect(throws: CancellationError.self) { try await polling.value }
        try await day.end()
    }

    @Test func aTokenEndsItsCall() async throws {
        let day = try await Workday()
        let token = try CancelToken()
        try token.cancel()
        await #expect(throws: CompanionError.Cancelled) {
            try await day.client.syncOnce(options: SyncOptions(within: 600, waiting: 600), cancel: token)
        }
        try await day.end()
    }

    @Test func aBackgroundRunAnswersTheSystem() async throws {
        let day = try await Workday()
        // The fates of the day's records are news, too.
        var quiet = await backgroundRun(day)
        while quiet == .newData { quiet = await backgroundRun(day) }
        #expect(quiet == .noData)
        try await day.company.customerWrites("お願いします")
        #expect(await backgroundRun(day) == .newData)
        try await day.company.network(online: false)
        #expect(await backgroundRun(day) == .failed)
        #expect(try day.client.state().phase == "suspended")
        try await day.end()
    }

    @Test func aBackgroundRunThatIsCutShortLetsGoOfTheClient() async throws {
        let day = try await Workday()
        let run = Task { await backgroundRun(day) }
        run.cancel()
        _ = await run.value
        #expect(try day.client.state().phase == "suspended")
        try await day.end()
    }

    @Test func aBackgroundRunWithoutAClientHasNothingNew() async throws {
        let outcome = await backgroundSync {
            nil
        } closing: { _ in
            Issue.record("there is nothing to close")
        }
        #expect(outcome == .noData)
    }

    private func backgroundRun(_ day: Workday) async -> BackgroundOutcome {
        await backgroundSync {
            try? await day.client.resume()
            return day.client
        } closing: { client in
            try? await client.suspend()
        }
    }

    /// Counts objects of the whole process: the tests run one after another.
    @Test func nothingIsLeftBehind() async throws {
        let before = try liveObjects()
        do {
            let day = try await Workday()
            #expect(try liveObjects() > before)
            let watching = Task { for try await _ in day.client.hints {} }
            _ = try await day.client.syncOnce()
            try await day.end()
            _ = await watching.result
        }
        #expect(try liveObjects() == before)
    }
}
