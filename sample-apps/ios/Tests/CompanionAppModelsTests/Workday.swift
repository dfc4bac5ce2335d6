import CompanionAppModels
import CompanionTesting
import Foundation
import Testing

/// A phone whose employee accepted the company's number, and whose customer's conversation is work.
@MainActor struct Workday {
    let company: TestCompany
    let phone: TestPhone
    let client: CompanionClient
    let conversation: Conversation

    init() async throws {
        company = try await TestCompany()
        phone = try await company.join()
        client = try await phone.open()
        try await client.registerAccount(request: AccountRequest(channel: "whatsapp", account: TestCompany.account))
        try await company.customerWrites("見積もりをお願いします")
        _ = try await client.syncOnce()
        let waiting = try #require(try await client.undecided(page: Page()).items.first)
        _ = try await client.bind(request: BindRequest(conversation: waiting.conversation, to: .work))
        conversation = try #require(try await client.inbox(page: Page()).items.first)
    }

    /// Synchronises until the queue is as `isThere` wants it.
    func synchronise(until isThere: ([QueueEntry]) -> Bool) async throws {
        repeat { _ = try await client.syncOnce() } while try await !isThere(client.queue(page: Page()).items)
    }

    /// Whether WhatsApp ends each connection before it answers.
    func channel(resets: Bool) async throws {
        let (world, plan) = (company.world, resets ? #"{"rates":{"reset":1000}}"# : "{}")
        try await Task.detached { try world.setFaults(place: .channel, plan: plan) }.value
    }

    func end() async throws {
        try await client.close()
        try await company.stop()
    }
}

extension Wording {
    /// The words of the app's own catalogue, with times as in Tokyo.
    static func tested(_ language: Language, now: Date? = nil) throws -> Wording {
        let catalogue = try Catalogue.read()
        let code = "\(language)"
        return Wording(
            texts: Texts { catalogue.text($0, code) ?? "MISSING \($0)" }, language: language,
            zone: try #require(TimeZone(identifier: "Asia/Tokyo")), now: { now ?? .now })
    }
}

/// What Xcode compiles into the app.
struct Catalogue: Decodable, Sendable {
    struct Entry: Decodable, Sendable {
        let localizations: [String: Localization]
    }
    struct Localization: Decodable, Sendable {
        let stringUnit: Unit
    }
    struct Unit: Decodable, Sendable {
        let value: String
    }
    let strings: [String: Entry]

    static func read() throws -> Catalogue {
        let app = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let file = app.appending(path: "Sources/CompanionApp/Resources/Localizable.xcstrings")
        return try JSONDecoder().decode(Catalogue.self, from: Data(contentsOf: file))
    }

    func text(_ key: String, _ language: String) -> String? {
        strings[key]?.localizations[language]?.stringUnit.value
    }
}
