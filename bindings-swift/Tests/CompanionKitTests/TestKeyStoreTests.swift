import CompanionTesting
import Foundation
import Testing

/// What an app's tests can make of the phone and the person around the keys.
@Suite struct TestKeyStoreTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    private let secret = Data(0..<32)

    /// Makes a key, and hands it and a secret that it wrapped to `act`.
    private func with(
        _ purpose: KeyPurpose, act: (_ keys: TestKeyStore, _ wrapped: Data) async throws -> Void
    ) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let keys = try TestKeyStore(folder: folder)
        _ = try await keys.make(name: "key", purpose: purpose)
        try await act(keys, try await keys.wrap(name: "key", secret: secret))
    }

    @Test(arguments: [KeyPurpose.wrap, .wrapWhileUnlocked, .wrapWithUser])
    func aKeyKeepsThePurposeItWasMadeFor(purpose: KeyPurpose) async throws {
        try await with(purpose) { keys, wrapped in
            let unwrapped = try await keys.unwrap(name: "key", wrapped: wrapped)
            #expect(unwrapped == secret)
            await #expect(throws: KeyStoreError.Failed(code: "purpose")) {
                try await keys.make(name: "key", purpose: .sign)
            }
        }
    }

    @Test func aLockedPhoneHoldsBackWhatOnlyAnUnlockedOneMayUse() async throws {
        try await with(.wrapWhileUnlocked) { keys, wrapped in
            keys.setLocked(true)
            await #expect(throws: KeyStoreError.NotNow) { try await keys.unwrap(name: "key", wrapped: wrapped) }
            keys.setLocked(false)
            let unwrapped = try await keys.unwrap(name: "key", wrapped: wrapped)
            #expect(unwrapped == secret)
        }
    }

    @Test func anotherFingerEndsTheKeysThatAskForOne() async throws {
        try await with(.wrapWithUser) { keys, wrapped in
            try keys.addFinger()
            await #expect(throws: KeyStoreError.Gone) { try await keys.unwrap(name: "key", wrapped: wrapped) }
        }
    }

    @Test(arguments: [(Person.refuses, KeyStoreError.Cancelled), (.absent, .NeedsUser)])
    func aPersonRefusesOrCannotBeAsked(person: Person, failure: KeyStoreError) async throws {
        try await with(.wrapWithUser) { keys, wrapped in
            keys.setPerson(person)
            await #expect(throws: failure) { try await keys.unwrap(name: "key", wrapped: wrapped) }
            keys.setPerson(.confirms)
            let unwrapped = try await keys.unwrap(name: "key", wrapped: wrapped)
            #expect(unwrapped == secret)
        }
    }

    @Test func whatFailsIsChosenByNameAndByPurpose() async throws {
        try await with(.wrap) { keys, wrapped in
            keys.fail(name: "key", with: .Gone)
            await #expect(throws: KeyStoreError.Gone) { try await keys.unwrap(name: "key", wrapped: wrapped) }
            keys.fail(name: "key", with: nil)
            keys.fail(purpose: .wrap, with: .Failed(code: "row"))
            await #expect(throws: KeyStoreError.Failed(code: "row")) {
                try await keys.unwrap(name: "key", wrapped: wrapped)
            }
            keys.fail(purpose: .wrap, with: nil)
            let unwrapped = try await keys.unwrap(name: "key", wrapped: wrapped)
            #expect(unwrapped == secret)
        }
    }
}
