import CompanionTesting
import Foundation
import Testing

@Suite struct ClientTests {
    @Test func aDayFromTheFirstMessageToTheCrm() async throws {
        let day = try await Workday()
        #expect(day.conversation.preview == "見積もりをお願いします")
        let ticket = try await day.send("承知しました")
        let queued = try await day.client.queue(page: Page()).items
        #expect(queued.map(\.clientMessageId) == [ticket.clientMessageId])
        let report = try await day.client.syncOnce()
        #expect(report.sent == 1)
        #expect(try await day.company.sentMessages().contains { $0.contains("承知しました") })
        _ = try await day.client.syncOnce()
        #expect(try await day.client.queue(page: Page()).items.isEmpty)
        let page = try await day.client.messages(query: MessageQuery(conversation: day.conversation.key))
        #expect(page.messages.map(\.content?.text) == ["承知しました", "見積もりをお願いします"])
        let records = try await day.company.records()
        for text in ["承知しました", "見積もりをお願いします"] {
            #expect(records.filter { $0.contains(text) }.count == 1)
        }
        try await day.end()
    }

    @Test func whatIsSentOfflineWaitsAndLeavesLater() async throws {
        let day = try await Workday()
        try await day.company.network(online: false)
        _ = try await day.send("明日伺います")
        await #expect(throws: CompanionError.Offline) { try await day.client.syncOnce() }
        let entry = try #require(try await day.client.queue(page: Page()).items.first)
        #expect(try day.client.state().waitingMessages == 1)
        try await day.company.network(online: true)
        try await day.client.resolve(decision: QueueDecision(id: entry.id, decision: "send_now"))
        _ = try await day.client.syncOnce()
        #expect(try await day.company.sentMessages().contains { $0.contains("明日伺います") })
        try await day.end()
    }

    @Test func whatStaysUndecidedNeverReachesTheCrm() async throws {
        let day = try await Workday()
        try await day.company.customerWrites("週末は何してる?", phone: "819099998888")
        _ = try await day.client.syncOnce()
        #expect(try day.client.state().undecided == 1)
        #expect(try await day.company.records().allSatisfy { !$0.contains("週末") })
        try await day.end()
    }

    @Test func fiftyCallsAtOnceAllEnd() async throws {
        let day = try await Workday()
        let tickets = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 1...50 {
                group.addTask { try await day.send("\(number)").clientMessageId }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(tickets.count == 50)
        #expect(try day.client.state().waitingMessages == 50)
        try await day.end()
    }
}

@Suite struct ErrorTests {
    @Test func errorsArriveAsTheyAre() async throws {
        let day = try await Workday()
        await #expect(throws: CompanionError.NotFound) {
            try await day.client.messages(query: MessageQuery(conversation: "c1" + String(repeating: "a", count: 32)))
        }
        await #expect(throws: CompanionError.InvalidInput(place: "decision", code: "unknown")) {
            try await day.client.resolve(decision: QueueDecision(id: 1, decision: "burn"))
        }
        #expect(throws: CompanionError.NotFound) { try day.client.explain(subject: "queue:99", language: .en) }
        try await day.client.suspend()
        await #expect(throws: CompanionError.Unavailable(reason: "client.suspended")) {
            try await day.client.inbox(page: Page())
        }
        #expect(try day.client.state().phase == "suspended")
        try await day.client.resume()
        _ = try await day.client.inbox(page: Page())
        try await day.client.close()
        await #expect(throws: CompanionError.Closed) { try await day.client.inbox(page: Page()) }
        try await day.company.stop()
    }

    @Test func aMalformedIdIsRefusedAndNamed() async throws {
        let day = try await Workday()
        do {
            _ = try await day.client.messages(query: MessageQuery(conversation: "no key"))
            Issue.record("a key that is none was taken")
        } catch CompanionError.InvalidInput(let place, _) {
            #expect(place == "key")
        }
        try await day.end()
    }

    @Test func aFolderWithoutAnEnrolmentIsNotEnrolled() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "companion-\(UUID())")
        let root = try WorkFolder.prepare(in: folder)
        #expect(try listEnrolments(root: root).isEmpty)
        let options = OpenOptions(root: root, enrolment: UUID().uuidString.lowercased())
        let ports = Ports(
            transport: URLSessionTransport(), keys: try TestKeyStore(folder: folder.appending(path: "keys")),
            device: SystemDeviceFacts(folder: folder))
        await #expect(throws: CompanionError.NotEnrolled) {
            try await CompanionClient.open(options: options, ports: ports)
        }
    }

    @Test func aReasonHasATextInBothLanguages() throws {
        let english = try reasonText(code: "client.suspended", language: .en)
        let japanese = try reasonText(code: "client.suspended", language: .ja)
        #expect(!english.text.isEmpty && !japanese.text.isEmpty && english.text != japanese.text)
        #expect(english.code == "client.suspended")
    }
}
