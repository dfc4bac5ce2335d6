// The part of Apple's ManagedApp that CompanionKit names, for its type-check on Linux.
public final class ManagedAppConfigurationProvider: Sendable {
    public init() {}
    public func configurations<Configuration: Decodable>(
        _ type: Configuration.Type
    ) async -> some AsyncSequence<Configuration?, Never> {
        AsyncStream { nil }
    }
}
