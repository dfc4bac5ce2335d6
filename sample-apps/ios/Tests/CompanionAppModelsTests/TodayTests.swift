import CompanionAppModels
import CompanionTesting
import Testing

@MainActor @Suite struct TodayTests {
    @Test func check1WhoWaits() async throws {
        let day = try await Workday()
        for (language, waits) in [
            (Language.en, "1 waiting"), (.ja, "返信待ち1人"),
        ] {
            let model = TodayModel(client: day.client, wording: try .tested(language))
            #expect(model.people.isLoading && model.people.empty == nil)
            #expect(model.headline == nil)
            await model.reload()
            #expect(model.headline == waits)
            #expect(model.people.rows.map(\.detail) == ["見積もりをお願いします"])
            #expect(model.people.rows.map(\.chat?.key) == [day.conversation.key])
        }
        try await day.end()
    }

    @Test func whereNobodyWaitsTodaySaysSo() async throws {
        let day = try await Workday()
        let chat = ChatModel(client: day.client, chat: day.conversation, wording: try .tested(.ja))
        chat.draft = "承知しました"
        await chat.send()
        let model = TodayModel(client: day.client, wording: try .tested(.ja))
        await model.reload()
        #expect(model.headline == nil && model.people.empty == "お待ちの方はいません")
        #expect(model.others.map(\.title) == ["送信待ち 1"] && model.others.allSatisfy { $0.chat == nil })
        try await day.end()
    }
}
