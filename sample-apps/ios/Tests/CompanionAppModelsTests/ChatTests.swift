import CompanionAppModels
import CompanionTesting
import Foundation
import Testing

@MainActor @Suite struct ChatTests {
    @Test(arguments: [Language.ja, .en])
    func check26ABubbleIsSpokenInOneSentence(language: Language) async throws {
        let day = try await Workday()
        try await day.recorded()
        let model = ChatModel(client: day.client, chat: day.conversation, wording: try .tested(language))
        #expect(model.bubbles.isLoading)
        await model.reload()
        model.draft = "承知しました"
        await model.send()
        let bubbles = model.bubbles.rows
        let times = try bubbles.map { try #require($0.heading.split(separator: " ").last) }
        let expected =
            language == .ja
            ? ["Yamada、見積もりをお願いします、\(times[0])、記録済み。", "自分、承知しました、\(times[1])、送信待ち。"]
            : ["Yamada, 見積もりをお願いします, \(times[0]), Recorded.", "You, 承知しました, \(times[1]), Waiting."]
        #expect(bubbles.map(\.spoken) == expected)
        #expect(model.draft == "" && model.notice == nil)
        try await day.end()
    }

    @Test func check2AStateHasAPictureAndAWord() async throws {
        let day = try await Workday()
        let model = ChatModel(client: day.client, chat: day.conversation, wording: try .tested(.en))
        model.draft = "はい"
        await model.send()
        #expect(model.bubbles.rows.last?.mark?.symbol == "clock")
        try await day.synchronise { $0.isEmpty }
        await model.reload()
        #expect(model.bubbles.rows.last?.mark?.word == "Sent")
        try await day.recorded()
        await model.reload()
        #expect(model.bubbles.rows.last?.recorded?.symbol == "checkmark.icloud")
        #expect(model.bubbles.rows.last?.waiting == nil)
        try await day.end()
    }

    @Test func check13AWaitingMessageIsEditedOrTakenBack() async throws {
        let day = try await Workday()
        try await day.company.network(online: false)
        let model = ChatModel(client: day.client, chat: day.conversation, wording: try .tested(.en))
        model.draft = "明日伺います"
        await model.send()
        var waiting = try #require(model.bubbles.rows.last?.waiting)
        try #require(waiting.choices.map(\.word) == [.edit, .takeBack])
        model.draft = "何時がよいですか"
        await model.act(waiting.choices[0], on: waiting)
        #expect(model.draft == "明日伺います\n何時がよいですか" && model.notice == nil)
        await model.send()
        #expect(model.draft == "")
        waiting = try #require(model.bubbles.rows.last?.waiting)
        await model.act(waiting.choices[1], on: waiting)
        #expect(model.draft == "")
        #expect(try await day.client.queue(page: Page()).items.isEmpty)
        // What is gone cannot be taken back again.
        await model.act(waiting.choices[1], on: waiting)
        #expect(model.notice == "It is no longer there")
        try await day.end()
    }

    @Test func aMessageThatWaitedTooLongIsHeldWithItsReason() async throws {
        let day = try await Workday()
        try await day.company.network(online: false)
        let model = ChatModel(client: day.client, chat: day.conversation, wording: try .tested(.en))
        model.draft = "明日伺います"
        await model.send()
        // Over half an hour later the text may no longer fit: the core asks.
        try day.company.advance(by: 40 * 60)
        try await day.company.network(online: true)
        _ = try await day.client.syncOnce()
        await model.reload()
        let waiting = try #require(model.bubbles.rows.last?.waiting)
        #expect(waiting.mark.word.hasPrefix("On hold: "))
        #expect(waiting.details.count >= 2)
        try #require(waiting.choices.map(\.word) == [.sendNow, .edit, .takeBack])
        #expect(try await day.company.sentMessages().allSatisfy { !$0.contains("明日伺います") })
        await model.act(waiting.choices[0], on: waiting)
        try await day.synchronise { $0.isEmpty }
        #expect(try await day.company.sentMessages().contains { $0.contains("明日伺います") })
        try await day.end()
    }

    @Test func check13WhatTheChannelRefusedIsTriedAgain() async throws {
        let day = try await Workday()
        let model = ChatModel(client: day.client, chat: day.conversation, wording: try .tested(.en))
        model.draft = "はい"
        await model.send()
        try await day.company.resetChannel(true)
        try await day.synchronise { $0.first?.state == "uncertain" }
        try await day.company.resetChannel(false)
        let own = try #require(try await day.client.queue(page: Page()).items.first).clientMessageId
        try await day.company.refuses(own)
        try await day.synchronise { $0.first?.state == "stuck" }
        await model.reload()
        let waiting = try #require(model.bubbles.rows.last?.waiting)
        let why = try reasonText(code: "outbox.refused", language: .en).text
        #expect(waiting.mark.symbol == "exclamationmark.triangle" && waiting.mark.word == "Cannot send: \(why)")
        #expect(waiting.details.first == why && waiting.details.last == "channel.131026")
        try #require(waiting.choices.map(\.word) == [.retry, .edit, .takeBack])
        await model.act(waiting.choices[0], on: waiting)
        try await day.synchronise { $0.isEmpty }
        #expect(try await day.company.sentMessages().contains { $0.contains("はい") })
        try await day.end()
    }

    @Test func check15WhatMayHaveArrivedIsNeverSentAgainByItself() async throws {
        let day = try await Workday()
        let model = ChatModel(client: day.client, chat: day.conversation, wording: try .tested(.en))
        model.draft = "はい"
        await model.send()
        try await day.company.resetChannel(true)
        try await day.synchronise { $0.first?.state == "uncertain" }
        try await day.company.resetChannel(false)
        try day.company.advance(by: 24 * 3600)
        for _ in 1...3 { _ = try await day.client.syncOnce() }
        await model.reload()
        let waiting = try #require(model.bubbles.rows.last?.waiting)
        #expect(waiting.mark.word == "May have arrived")
        try #require(waiting.choices.map(\.word) == [.arrived, .sendAgain, .wait])
        await model.act(waiting.choices[2], on: waiting)
        #expect(try await day.company.sentMessages().isEmpty)
        #expect(model.bubbles.rows.last?.waiting == waiting)
        await model.act(waiting.choices[0], on: waiting)
        #expect(try await day.client.queue(page: Page()).items.isEmpty)
        try await day.end()
    }

    @Test func check18UnbindingSaysWhatStays() async throws {
        let day = try await Workday()
        let model = ChatModel(client: day.client, chat: day.conversation, wording: try .tested(.en))
        await model.reload()
        #expect(model.unbindStays == "You can undo this. What was recorded stays.")
        await model.unbind()
        #expect(model.notice == "This chat is personal now. What was recorded stays.")
        #expect(model.readOnly == "Read only: This chat is personal. The company never gets it.")
        #expect(!model.bubbles.rows.isEmpty)
        try await day.end()
    }
}

extension TestCompany {
    /// WhatsApp says that it took a message and could not deliver it.
    fileprivate func refuses(_ message: ClientMessageId) async throws {
        let status = """
            [{"status":{"to":{"phone":"819011112222","name":"Yamada"},"id":"wamid.lost","state":"failed",\
            "opaque":"\(message)"}}]
            """
        try await Task.detached { [world] in try world.happen(what: status) }.value
        while try world.pending() > 0 { try await Task.sleep(for: .milliseconds(5)) }
    }
}
