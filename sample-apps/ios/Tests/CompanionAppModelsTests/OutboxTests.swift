import CompanionTesting
import Foundation
import Testing

@testable import CompanionAppModels

@MainActor @Suite struct OutboxTests {
    @Test func check2EachStateHasAPictureAndAWordOfItsOwn() throws {
        let wording = try Wording.tested(.en)
        let marks = ["queued", "sending", "uncertain", "held", "stuck", "delivered"].map { state in
            wording.mark(state, because: "why")
        }
        #expect(Set(marks.map(\.symbol)).count == 6 && Set(marks.map(\.word)).count == 6)
    }

    @Test func whatWaitsStandsUnderItsChatWhichOpens() async throws {
        let day = try await Workday()
        try await day.company.network(online: false)
        for text in ["一", "二"] { _ = try await day.send(text) }
        let model = OutboxModel(client: day.client, wording: try .tested(.ja))
        #expect(model.chats.isLoading)
        await model.reload()
        let chat = try #require(model.chats.rows.first)
        #expect(model.chats.rows.count == 1 && chat.title == "Yamada" && chat.chat?.key == day.conversation.key)
        #expect(chat.messages.map(\.mark.word) == ["送信待ち", "送信待ち"])
        #expect(chat.messages.map(\.id) == chat.messages.map(\.id).sorted())
        // Editing is done in the chat.
        let choices = model.choices(of: chat.messages[0])
        try #require(choices.map(\.word) == [.takeBack])
        await model.act(choices[0], on: chat.messages[0])
        #expect(model.chats.rows.first?.messages.map(\.id) == [chat.messages[1].id])
        await model.act(choices[0], on: chat.messages[0])
        #expect(model.chats.problem == "もうありません")
        try await day.end()
    }

    @Test(arguments: [
        ("outbox.stale", true), ("outbox.newer_customer_message", true), ("outbox.outside_hours", true),
        ("outbox.window_closed", false),
    ])
    func check13WhatIsHeldSaysWhyAndOffersWhatTheCoreOffers(reason: String, canGoNow: Bool) async throws {
        let decisions = canGoNow ? ["send_now", "discard"] : ["discard"]
        let client = OneHeld(reason, decisions: decisions + ["a decision of a later core"])
        for language in [Language.ja, .en] {
            let wording = try Wording.tested(language)
            let model = OutboxModel(client: client, wording: wording)
            await model.reload()
            let held = try #require(model.chats.rows.first?.messages.first)
            let why = try reasonText(code: reason, language: language).text
            #expect(held.mark.word == wording.texts(.heldBecause, why) && held.details == [why])
            #expect(held.choices.map(\.word) == (canGoNow ? [.sendNow] : []) + [.edit, .takeBack])
            // Its chat is not among those that were read.
            #expect(model.chats.rows.first?.title == wording.texts(.customer) && model.chats.rows.first?.chat == nil)
        }
    }
}

/// A client in whose queue one message is held: also for reasons that no test company has.
private final class OneHeld: CompanionClient, @unchecked Sendable {
    private let reason: String
    private let decisions: [String]

    init(_ reason: String, decisions: [String]) {
        self.reason = reason
        self.decisions = decisions
        super.init(noHandle: NoHandle())
    }

    required init(unsafeFromHandle handle: UInt64) {
        fatalError("it stands for no client of the core's")
    }

    override func queue(page: Page) async throws -> QueuePage {
        let entry = QueueEntry(
            id: 1, clientMessageId: "00000000-0000-4000-8000-000000000001",
            conversation: "c1" + String(repeating: "a", count: 32), state: "held", reason: reason, detail: nil,
            due: .now, attempts: 0, decisions: decisions)
        return QueuePage(items: [entry], next: nil)
    }

    override func explain(subject: String, language: Language) throws -> [Reason] {
        [try reasonText(code: reason, language: language)]
    }

    override func inbox(page: Page) async throws -> InboxPage {
        InboxPage(items: [], next: nil)
    }
}
