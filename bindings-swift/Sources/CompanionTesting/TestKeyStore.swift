import Foundation

/// A key store in a folder, which fails on order, on a phone that can be locked and for a person whom its keys ask.
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

    /// Answers each call about the key `name` with `error` until told otherwise.
    public nonisolated func fail(name: String, with error: KeyStoreError?) {
        keys.failName(name: name, error: error)
    }

    /// Answers each call that makes or uses a key for `purpose` with `error` until told otherwise.
    public nonisolated func fail(purpose: KeyPurpose, with error: KeyStoreError?) {
        keys.failPurpose(purpose: purpose, error: error)
    }

    /// Locks the phone or unlocks it: keys for `wrapWhileUnlocked` are out of reach while it is locked.
    public nonisolated func setLocked(_ locked: Bool) {
        keys.setLocked(locked: locked)
    }

    /// What the person does from now on whom a key for `wrapWithUser` asks, and where a question is open.
    public nonisolated func setPerson(_ person: Person) {
        keys.setPerson(person: person)
    }

    /// Enrols another finger: the keys for `wrapWithUser` that there are unwrap nothing any more.
    public nonisolated func addFinger() throws {
        try keys.addFinger()
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
