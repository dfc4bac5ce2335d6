import CompanionAppModels
import CompanionTesting
import Testing

@MainActor @Suite struct TodayTests {
    @Test func check1WhoWaits() async throws {
        let day = try await Workday()
        for (language, waits, nobody) in [
            (Language.en, "1 waiting", "No one is waiting"), (.ja, "返信待ち1人", "お待ちの方はいません"),
        ] {
            let model = TodayModel(client: day.client, wording: try .tested(language))
            #expect(model.people.isLoading && model.people.empty == nil)
            #expect(model.headline == nobody)
            await model.reload()
            #expect(model.headline == waits)
            #expect(model.people.rows.map(\.detail) == ["見積もりをお願いします"])
        }
        try await day.end()
    }
}
