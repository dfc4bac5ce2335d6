import CompanionAppModels
import CompanionTesting
import Foundation
import Testing

@MainActor @Suite struct SpacesTests {
    @Test func check3EachSpaceHasAWordAndAPicture() {
        #expect(Set(Segment.allCases.map(\.word)).count == 3)
        #expect(Set(Segment.allCases.map(\.symbol)).count == 3)
    }

    @Test func check17NothingIsChosenBeforehand() async throws {
        let day = try await Workday()
        try await day.company.customerWrites("はじめまして", phone: "819099998888")
        _ = try await day.client.syncOnce()
        let chats = ChatsModel(client: day.client, wording: try .tested(.en))
        await chats.reload()
        let chat = try #require(chats.undecided.rows.first)
        let model = BindModel(client: day.client, chat: chat, wording: try .tested(.en))
        #expect(!model.soFar && !model.canMakeWork)
        await model.makeWork()
        #expect(try day.client.state().undecided == 1)
        model.soFar = true
        await model.makeWork()
        #expect(model.notice == "This chat is work now" && model.isDone)
        await chats.reload()
        #expect(chats.work.rows.count == 2)
        #expect(chats.undecided.empty == "Nothing to decide")
        try await day.end()
    }

    @Test func check20APersonalChatIsNowhereInWork() async throws {
        let day = try await Workday()
        try await day.company.customerWrites("週末は何してる?", phone: "819099998888")
        _ = try await day.client.syncOnce()
        let wording = try Wording.tested(.ja)
        let chats = ChatsModel(client: day.client, wording: wording)
        await chats.reload()
        // What is undecided shows who and how much, never what; it has no composer (check 16).
        let chat = try #require(chats.undecided.rows.first)
        #expect(!"\(chats.undecided)\(chats.work)".contains("週末"))
        let model = BindModel(client: day.client, chat: chat, wording: wording)
        await model.keepPersonal()
        await chats.reload()
        let today = TodayModel(client: day.client, wording: wording)
        await today.reload()
        #expect(today.headline == "返信待ち1人")
        #expect(chats.work.rows.map(\.title) == ["Yamada"] && chats.undecided.rows.isEmpty)
        #expect(chats.personal == "個人(会社には送られません)")
        try await day.end()
    }

    @Test func check19TheLedgerIsWhatTheCrmReceived() async throws {
        let day = try await Workday()
        _ = try await day.send("承知しました")
        try await day.company.customerWrites("週末は何してる?", phone: "819099998888")
        let model = CompanySeesModel(client: day.client, wording: try .tested(.en))
        repeat { _ = try await day.client.syncOnce() } while try day.client.state().undelivered > 0
        await model.reload()
        let received = try await day.company.records().map(Received.init)
        #expect(received.filter { $0.kind == "message" }.count == 2)
        #expect(model.sent.rows.map(\.id).sorted() == received.map(\.key).sorted())
        #expect(model.headline == "Sent: \(received.count)")
        let messages = Set(received.filter { $0.kind == "message" }.map(\.key))
        #expect(model.sent.rows.filter { messages.contains($0.id) }.allSatisfy { $0.what == "message (new) → CRM" })
        try await day.end()
    }

    @Test func aWorkChatIsSpokenWithItsStateAndUnreadMessages() async throws {
        let day = try await Workday()
        let chats = ChatsModel(client: day.client, wording: try .tested(.en))
        await chats.reload()
        #expect(chats.work.rows.map(\.spoken) == ["Work, Yamada, 見積もりをお願いします, 1 unread."])
        try await day.end()
    }
}

/// A record as the CRM got it.
private struct Received {
    let key: RecordKey
    let kind: String

    init(_ event: String) throws {
        let event = try JSONDecoder().decode(Event.self, from: Data(event.utf8))
        (key, kind) = (event.data.record.key, event.data.record.kind)
    }

    private struct Event: Decodable {
        struct Body: Decodable {
            let record: Record
        }
        struct Record: Decodable {
            let key: String
            let kind: String
        }
        let data: Body
    }
}
