import CompanionTesting
import Foundation
import Observation
import Testing

@MainActor @Suite struct ModelTests {
    @Test func theInboxFollowsTheClient() async throws {
        let day = try await Workday()
        let model = InboxModel(client: day.client)
        #expect(model.isLoading)
        let following = Task { await model.follow() }
        await until { !model.isLoading }
        #expect(model.items.map(\.key) == [day.conversation.key])
        #expect(!model.hasMore && model.problem == nil)
        try await day.company.customerWrites("まだですか")
        _ = try await day.client.syncOnce()
        await until { model.items.first?.preview == "まだですか" }
        try await day.client.close()
        await following.value
        try await day.company.stop()
    }

    @Test func aConversationIsReadPageByPageAndAnswered() async throws {
        let day = try await Workday()
        for number in 1...60 { _ = try await day.send("\(number)") }
        let model = ConversationModel(client: day.client, conversation: day.conversation.key)
        await model.reload()
        #expect(model.items.count == 50 && model.hasMore)
        await model.loadMore()
        #expect(model.items.count == 61 && !model.hasMore)
        model.draft = "最後に"
        await model.send()
        #expect(model.draft == "" && model.problem == nil)
        await model.reload()
        #expect(model.items.first?.content?.text == "最後に")
        #expect(model.items.count == 62)
        try await day.end()
    }

    @Test func aDraftThatWasNotTakenStays() async throws {
        let day = try await Workday()
        let model = ConversationModel(client: day.client, conversation: day.conversation.key)
        try await day.client.close()
        model.draft = "はい"
        await model.send()
        #expect(model.draft == "はい")
        #expect(model.problem as? CompanionError == .Closed)
        try await day.company.stop()
    }

    @Test func theQueueTakesADecision() async throws {
        let day = try await Workday()
        _ = try await day.send("はい")
        let model = QueueModel(client: day.client)
        await model.reload()
        let entry = try #require(model.items.first)
        await model.resolve(entry, "discard")
        #expect(model.items.isEmpty && model.problem == nil)
        try await day.end()
    }

    @Test func aDecisionThatIsNotTakenSaysWhyAndTheQueueIsReadAgain() async throws {
        let day = try await Workday()
        _ = try await day.send("はい")
        let model = QueueModel(client: day.client)
        await model.reload()
        let entry = try #require(model.items.first)
        _ = try await day.send("すぐに")
        await model.resolve(entry, "burn")
        #expect(model.problem as? CompanionError == .InvalidInput(place: "decision", code: "unknown"))
        #expect(model.items.count == 2)
        await model.reload()
        #expect(model.problem == nil)
        try await day.end()
    }

    @Test func anAppListsWhateverTheClientTells() async throws {
        let day = try await Workday()
        let model = ListModel<LedgerEntry, Int64>(client: day.client) { after in
            let page = try await day.client.ledger(page: Page(after: after, limit: 1))
            return (page.items, page.next)
        }
        let following = Task { await model.follow() }
        await until { !model.isLoading }
        let first = model.items
        #expect(first.count == 1 && model.hasMore)
        await model.loadMore()
        #expect(model.items.count == 2 && model.items.first == first.first)
        try await day.company.customerWrites("まだですか")
        _ = try await day.client.syncOnce()
        await until { model.items.first != first.first }
        try await day.client.close()
        await following.value
        try await day.company.stop()
    }

    @Test func theLockModelSaysWhatTheClientSays() async throws {
        let day = try await Workday()
        let model = LockModel(client: day.client)
        let following = Task { await model.follow() }
        await until { model.state?.phase == "open" }
        try await day.client.close()
        await following.value
        #expect(model.state?.phase == "closed")
        try await day.company.stop()
    }

    /// Waits until what the models say makes `condition` true.
    private func until(_ condition: @escaping @MainActor () -> Bool) async {
        while !condition() {
            await withCheckedContinuation { continuation in
                withObservationTracking {
                    _ = condition()
                } onChange: {
                    continuation.resume()
                }
            }
        }
    }
}
