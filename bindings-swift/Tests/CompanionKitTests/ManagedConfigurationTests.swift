import Foundation
import Testing

@testable import CompanionKit

private let delivered: [String: any Sendable] = [
    "lock_background_s": 300, "passcode_required": true, "ui_support_contact": "help@example.com",
    "signed_orders": ["a", "b"], "ratio": 1.5, "nested": ["a": 1], "wipe_after_tries": 1,
]
private let expected = [
    ManagedEntry(key: "lock_background_s", value: .integer(300)),
    ManagedEntry(key: "nested", value: .unreadable),
    ManagedEntry(key: "passcode_required", value: .boolean(true)),
    ManagedEntry(key: "ratio", value: .unreadable),
    ManagedEntry(key: "signed_orders", value: .list(["a", "b"])),
    ManagedEntry(key: "ui_support_contact", value: .text("help@example.com")),
    ManagedEntry(key: "wipe_after_tries", value: .integer(1)),
]

@Suite struct ManagedConfigurationTests {
    private func reader(_ values: [String: any Sendable]?) throws -> (ManagedConfigurationReader, UserDefaults) {
        let defaults = try #require(UserDefaults(suiteName: "companion-tests-\(UUID())"))
        defaults.set(values, forKey: "com.apple.configuration.managed")
        return (ManagedConfigurationReader(defaults: defaults), defaults)
    }

    @Test func everyKindOfValueIsReadAsItWasDelivered() throws {
        #expect(try reader(delivered).0.entries() == expected)
    }

    @Test func anUnmanagedAppHasNoEntries() throws {
        #expect(try reader(nil).0.entries() == [])
    }

    @Test func aChangeIsToldOnce() async throws {
        let (reader, defaults) = try reader(["a": "1"])
        var updates = reader.updates().makeAsyncIterator()
        #expect(await updates.next() == [ManagedEntry(key: "a", value: .text("1"))])
        defaults.set("other", forKey: "a default of the app's own")
        NotificationCenter.default.post(name: UserDefaults.didChangeNotification, object: defaults)
        defaults.set(["a": "2"], forKey: "com.apple.configuration.managed")
        NotificationCenter.default.post(name: UserDefaults.didChangeNotification, object: defaults)
        #expect(await updates.next() == [ManagedEntry(key: "a", value: .text("2"))])
    }

    @Test func aDeclarationReadsTheSame() throws {
        let data = try PropertyListSerialization.data(fromPropertyList: delivered, format: .xml, options: 0)
        #expect(try PropertyListDecoder().decode(DeclaredEntries.self, from: data).entries == expected)
    }
}
