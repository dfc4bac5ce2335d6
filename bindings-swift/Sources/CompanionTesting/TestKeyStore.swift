import Foundation

/// A key store in a folder, which fails on order.
public actor TestKeyStore: KeyStore {
    private let keys: TestKeys
    private var failure: (any Error)?

    /// - Parameter folder: Where the keys lie; it is made if it is missing.
    public init(folder: URL) throws {
        keys = try TestKeys(folder: folder.path(percentEncoded: false))
    }

    /// Answers every call with `error` until told otherwise.
    public func fail(with error: (any Error)?) {
        failure = error
    }

    public func make(name: String, purpose: KeyPurpose) async throws -> String? {
        try await working().make(name: name, purpose: purpose)
    }

    public func wrap(name: String, secret: Data) async throws -> Data {
        try await working().wrap(name: name, secret: secret)
    }

    public func unwrap(name: String, wrapped: Data) async throws -> Data {
        try await working().unwrap(name: name, wrapped: wrapped)
    }

    public func sign(name: String, input: Data) async throws -> Data {
        try await working().sign(name: name, input: input)
    }

    public func delete(name: String) async throws {
        try await working().delete(name: name)
    }

    public nonisolated func level() throws -> KeyLevel {
        .software
    }

    private func working() throws -> TestKeys {
        if let failure { throw failure }
        return keys
    }
}
