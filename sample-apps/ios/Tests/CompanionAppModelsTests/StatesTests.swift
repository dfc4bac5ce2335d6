import CompanionAppModels
import CompanionTesting
import Foundation
import Testing

@MainActor @Suite struct StatesTests {
    @Test func check8EveryScreenIsInBothLanguages() async throws {
        let day = try await Workday()
        for (language, outbox, level) in [(Language.ja, "送信待ちはありません", "ソフトウェア"), (.en, "Nothing waiting", "Software")] {
            let wording = try Wording.tested(language)
            let messages = OutboxModel(client: day.client, wording: wording)
            await messages.reload()
            #expect(messages.chats.empty == outbox)
            let settings = SettingsModel(client: day.client, wording: wording)
            await settings.reload()
            #expect(settings.rows.first { $0.id == .keyLevel }?.value == level)
        }
        try await day.end()
    }

    @Test func offlineIsQuietAtFirst() async throws {
        let day = try await Workday()
        try await day.company.network(online: false)
        let model = ConnectionModel(client: day.client, wording: try .tested(.en))
        await model.synchronise()
        #expect(model.trouble == nil)
        await model.synchronise()
        #expect(model.trouble == "Offline · 0 waiting")
        try await day.company.network(online: true)
        while model.trouble != nil { await model.synchronise() }
        try await day.end()
    }

    @Test func whatIsKnownStaysWhileItCannotBeReadAgain() async throws {
        let day = try await Workday()
        let model = ChatsModel(client: day.client, wording: try .tested(.en))
        await model.reload()
        try await day.client.suspend()
        await model.reload()
        #expect(model.work.rows.count == 1)
        let said = try reasonText(code: "client.suspended", language: .en).text
        #expect(model.work.problem == said)
        try await day.client.resume()
        await model.reload()
        #expect(model.work.problem == nil)
        try await day.end()
    }

    @Test func aPhoneThatNobodyJoinedWithSaysSo() async throws {
        let session = SessionModel(wording: try .tested(.en)) { nil }
        await session.enter()
        guard case .unavailable(let why) = session.phase else {
            Issue.record("it opened")
            return
        }
        #expect(why == "Not joined to a company")
    }

    @Test func aSessionOpensAgainAfterItWasLeft() async throws {
        let day = try await Workday()
        let client = day.client
        let session = SessionModel(wording: try .tested(.en)) { client }
        await session.enter()
        await session.leave()
        #expect(try client.state().phase == "suspended")
        await session.enter()
        #expect(try client.state().phase == "open")
        try await day.end()
    }

    @Test func whatTheSystemRunsBehindClosesTheFilesAgain() async throws {
        let day = try await Workday()
        let client = day.client
        let session = SessionModel(wording: try .tested(.en)) { client }
        #expect(await session.lend() != nil)
        await session.takeBack()
        #expect(try client.state().phase == "suspended")
        // Who came to the front meanwhile keeps the screens.
        _ = await session.lend()
        await session.enter()
        await session.takeBack()
        #expect(try client.state().phase == "open")
        try await day.end()
    }

    @Test func twoChangesOfTheSceneOpenOnce() async throws {
        let day = try await Workday()
        try await day.client.close()
        let phone = day.phone
        let session = SessionModel(wording: try .tested(.en)) { try await phone.open() }
        async let first: Void = session.enter()
        async let second: Void = session.enter()
        _ = await (first, second)
        let client = try #require(session.client)
        #expect(try client.state().phase == "open")
        try await client.close()
        try await day.company.stop()
    }
}
