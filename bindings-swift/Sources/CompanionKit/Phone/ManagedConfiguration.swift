import Foundation

/// One entry of the company's managed configuration, as it was delivered. What it means, and whether it may count, is the
/// core's to say.
public struct ManagedEntry: Sendable, Equatable {
    /// The key.
    public let key: String
    /// Its value.
    public let value: ManagedValue
}

/// What managed configuration can hold under one key.
public enum ManagedValue: Sendable, Equatable {
    /// A text.
    case text(String)
    /// A whole number.
    case integer(Int64)
    /// Yes or no.
    case boolean(Bool)
    /// A list of texts.
    case list([String])
    /// Of a kind that no key has, such as a dictionary.
    case unreadable
}

/// Reads what a device management service wrote for this app.
public struct ManagedConfigurationReader: @unchecked Sendable {
    /// Safe to use from any thread, though not marked so on every platform.
    private let defaults: UserDefaults

    /// - Parameter defaults: Where the system puts the configuration; another one in tests.
    public init(defaults: UserDefaults = .standard) {
        self.defaults = defaults
    }

    /// All entries, by key. None where nothing manages this app.
    public func entries() -> [ManagedEntry] {
        let delivered = defaults.dictionary(forKey: "com.apple.configuration.managed") ?? [:]
        return delivered.map { key, value in ManagedEntry(key: key, value: ManagedValue(delivered: value)) }
            .sorted { $0.key < $1.key }
    }

    /// The entries as they are now, and again whenever they change. Ends when it is no longer awaited.
    public func updates() -> AsyncStream<[ManagedEntry]> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let last = LastSeen(entries())
            continuation.yield(last.entries)
            let observer = NotificationObserver(UserDefaults.didChangeNotification) { [self] in
                // The notification tells of every default of the app, most often of another one.
                if let entries = last.change(to: entries()) { continuation.yield(entries) }
            }
            // Kept until nobody waits for more.
            continuation.onTermination = { _ in withExtendedLifetime(observer) {} }
        }
    }
}

extension ManagedValue {
    /// A value of a property list. `NSNumber` tells a boolean from a number by its type alone.
    init(delivered value: Any) {
        switch value {
        case let text as String: self = .text(text)
        case let texts as [String]: self = .list(texts)
        case let number as NSNumber:
            switch String(cString: number.objCType) {
            case "c", "B": self = .boolean(number.boolValue)
            case "f", "d": self = .unreadable
            default: self = .integer(number.int64Value)
            }
        default: self = .unreadable
        }
    }
}

private final class LastSeen: @unchecked Sendable {
    private let lock = NSLock()
    private(set) var entries: [ManagedEntry]

    init(_ entries: [ManagedEntry]) {
        self.entries = entries
    }

    /// `entries`, if they are others than before.
    func change(to entries: [ManagedEntry]) -> [ManagedEntry]? {
        lock.withLock {
            guard entries != self.entries else { return nil }
            self.entries = entries
            return entries
        }
    }
}

#if canImport(ManagedApp)
    import ManagedApp

    @available(iOS 18.4, macOS 27, visionOS 2.4, *)
    extension ManagedConfigurationReader {
        /// As ``updates()``, for an app that a declaration manages.
        public func declared(_ take: @Sendable ([ManagedEntry]) async -> Void) async {
            for await configuration in await ManagedAppConfigurationProvider().configurations(DeclaredEntries.self) {
                await take(configuration?.entries ?? [])
            }
        }
    }
#endif

/// A property list of any keys.
struct DeclaredEntries: Decodable {
    let entries: [ManagedEntry]

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: AnyKey.self)
        entries = values.allKeys.map { key in
            let value: ManagedValue =
                if let text = try? values.decode(String.self, forKey: key) {
                    .text(text)
                } else if let flag = try? values.decode(Bool.self, forKey: key) {
                    .boolean(flag)
                } else if let number = try? values.decode(Int64.self, forKey: key) {
                    .integer(number)
                } else if let texts = try? values.decode([String].self, forKey: key) {
                    .list(texts)
                } else {
                    .unreadable
                }
            return ManagedEntry(key: key.stringValue, value: value)
        }
        .sorted { $0.key < $1.key }
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
