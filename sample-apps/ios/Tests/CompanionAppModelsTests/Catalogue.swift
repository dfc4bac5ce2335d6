import CompanionAppModels
import Foundation
import Testing

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
