#if canImport(Security) && canImport(LocalAuthentication)
    import CryptoKit
    import Foundation
    import LocalAuthentication
    import Security

    /// Keys in the Secure Enclave, by name, as keychain items that no backup and no other device holds.
    ///
    /// All are P-256 keys: a device key signs (ES256), a wrapping key takes part in ECIES.
    ///
    /// | purpose | works | asks |
    /// |---|---|---|
    /// | `wrap`, `sign` | from the first unlock after a start on | nobody |
    /// | `wrapWhileUnlocked` | while the device is unlocked | nobody |
    /// | `wrapWithUser` | while the device is unlocked | for the face or finger, when it unwraps; `Info.plist` says why under `NSFaceIDUsageDescription` |
    ///
    /// Where there is no Secure Enclave, which of the platforms of this package only old Macs and simulators lack, the keys
    /// are the keychain's own, ``level()`` says so, and none wants the user: there is no biometry either.
    public actor KeychainKeyStore: KeyStore {
        private let accessGroup: String?
        private let reason: String?

        /// - Parameters:
        ///   - accessGroup: The keychain group of the app, where it has more than one.
        ///   - reason: What the system shows where it asks for face or finger; by default the core's text, in the language
        ///     that this person reads best.
        public init(accessGroup: String? = nil, reason: String? = nil) {
            self.accessGroup = accessGroup
            self.reason = reason
        }

        public func make(name: String, purpose: KeyPurpose) async throws -> String? {
            let key: SecKey
            if let found = try find(name) {
                guard found.label == purpose.label else { throw KeyStoreError.Failed(code: "purpose") }
                key = found.key
            } else {
                key = try create(name, for: purpose)
            }
            guard purpose == .sign else { return nil }
            var error: Unmanaged<CFError>?
            guard let point = SecKeyCopyExternalRepresentation(try publicHalf(of: key), &error) as Data? else {
                throw KeyStoreError(error)
            }
            return try Jwk(point: point).text
        }

        public func wrap(name: String, secret: Data) async throws -> Data {
            var error: Unmanaged<CFError>?
            let key = try publicHalf(of: existing(name).key)
            guard let wrapped = SecKeyCreateEncryptedData(key, wrapping, secret as CFData, &error) as Data? else {
                throw KeyStoreError(error)
            }
            return wrapped
        }

        /// Waits for the person beside the actor: other keys work meanwhile. Cancelling takes the question away.
        public nonisolated func unwrap(name: String, wrapped: Data) async throws -> Data {
            nonisolated(unsafe) let context = LAContext()
            context.localizedReason = try keyQuestion(reason)
            // There is nothing else to fall back to.
            context.localizedFallbackTitle = ""
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    DispatchQueue.global(qos: .userInitiated).async {
                        continuation.resume(with: Result { try self.unwrap(name, wrapped, in: context) })
                    }
                }
            } onCancel: {
                context.invalidate()
            }
        }

        private nonisolated func unwrap(_ name: String, _ wrapped: Data, in context: LAContext) throws -> Data {
            var error: Unmanaged<CFError>?
            let (key, label) = try existing(name, in: context)
            guard let secret = SecKeyCreateDecryptedData(key, wrapping, wrapped as CFData, &error) as Data? else {
                let purpose: KeyPurpose = label == KeyPurpose.wrapWithUser.label ? .wrapWithUser : .wrap
                let error = error?.takeRetainedValue() as (any Error)? as NSError?
                throw KeyStoreError(unwrapping: purpose, domain: error?.domain ?? "", code: error?.code ?? 0)
            }
            return secret
        }

        public func sign(name: String, input: Data) async throws -> Data {
            var error: Unmanaged<CFError>?
            let key = try existing(name).key
            let made = SecKeyCreateSignature(key, .ecdsaSignatureMessageX962SHA256, input as CFData, &error) as Data?
            guard let signature = made else { throw KeyStoreError(error) }
            return try P256Signature(der: signature).joined
        }

        public func delete(name: String) async throws {
            try check(SecItemDelete(query(name) as CFDictionary), besides: errSecItemNotFound)
        }

        public nonisolated func level() throws -> KeyLevel {
            SecureEnclave.isAvailable ? .secureElement : .software
        }

        /// Deletes every key of this store. For a first launch that finds an empty container: keychain items may outlive
        /// the app that made them.
        public func deleteAll() throws {
            for label in [KeyPurpose.wrap.label, KeyPurpose.wrapWhileUnlocked.label, KeyPurpose.wrapWithUser.label] {
                var query = query(nil)
                query[kSecAttrLabel] = label
                try check(SecItemDelete(query as CFDictionary), besides: errSecItemNotFound)
            }
        }

        private nonisolated var wrapping: SecKeyAlgorithm { .eciesEncryptionCofactorVariableIVX963SHA256AESGCM }

        /// What all keys of this store have in common, and the key `name`'s own tag.
        private nonisolated func query(_ name: String?) -> [CFString: Any] {
            var query: [CFString: Any] = [
                kSecClass: kSecClassKey,
                kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom,
                kSecUseDataProtectionKeychain: true,
            ]
            if let name { query[kSecAttrApplicationTag] = Data("companion.\(name)".utf8) }
            if let accessGroup { query[kSecAttrAccessGroup] = accessGroup }
            return query
        }

        private nonisolated func find(
            _ name: String, in context: LAContext? = nil
        ) throws -> (key: SecKey, label: String?)? {
            var query = query(name)
            query[kSecReturnRef] = true
            query[kSecReturnAttributes] = true
            if let context { query[kSecUseAuthenticationContext] = context }
            var found: CFTypeRef?
            try check(SecItemCopyMatching(query as CFDictionary, &found), besides: errSecItemNotFound)
            guard let found = found as? [CFString: Any], let key = found[kSecValueRef] else { return nil }
            return (key as! SecKey, found[kSecAttrLabel] as? String)
        }

        /// A key that is asked for was made before: where there is none, it is gone.
        private nonisolated func existing(
            _ name: String, in context: LAContext? = nil
        ) throws -> (key: SecKey, label: String?) {
            guard let found = try find(name, in: context) else { throw KeyStoreError.Gone }
            return found
        }

        private func create(_ name: String, for purpose: KeyPurpose) throws -> SecKey {
            if purpose == .wrapWithUser { try checkBiometry() }
            var error: Unmanaged<CFError>?
            let access = SecAccessControlCreateWithFlags(nil, purpose.accessible, purpose.flags, &error)
            guard let access else { throw KeyStoreError(error) }
            var stored = query(name)
            stored[kSecClass] = nil
            stored[kSecAttrLabel] = purpose.label
            stored[kSecAttrIsPermanent] = true
            var attributes: [CFString: Any] = [
                kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom, kSecAttrKeySizeInBits: 256,
                kSecUseDataProtectionKeychain: true,
            ]
            if SecureEnclave.isAvailable {
                attributes[kSecAttrTokenID] = kSecAttrTokenIDSecureEnclave
                stored[kSecAttrAccessControl] = access
            } else {
                stored[kSecAttrAccessible] = purpose.accessible
            }
            attributes[kSecPrivateKeyAttrs] = stored
            guard let key = SecKeyCreateRandomKey(attributes as CFDictionary, &error) else {
                throw KeyStoreError(error)
            }
            return key
        }

        /// Whether a key that wants the user would find one.
        private func checkBiometry() throws {
            guard SecureEnclave.isAvailable else { throw KeyStoreError.NeedsUser }
            var error: NSError?
            guard LAContext().canEvaluatePolicy(.deviceOwnerAuthenticationWithBiometrics, error: &error) else {
                throw KeyStoreError(domain: error?.domain ?? "", code: error?.code ?? 0)
            }
        }

        private func publicHalf(of key: SecKey) throws -> SecKey {
            guard let half = SecKeyCopyPublicKey(key) else { throw KeyStoreError.Failed(code: "public_half") }
            return half
        }

        private nonisolated func check(_ status: OSStatus, besides allowed: OSStatus) throws {
            guard status == errSecSuccess || status == allowed else { throw KeyStoreError(keychain: status) }
        }
    }

    extension KeyPurpose {
        /// Tells the keys apart in the keychain.
        fileprivate var label: String {
            switch self {
            case .wrap, .sign: "companion"
            case .wrapWhileUnlocked: "companion.while-unlocked"
            case .wrapWithUser: "companion.with-user"
            }
        }

        /// When a key works.
        fileprivate var accessible: CFString {
            switch self {
            case .wrap, .sign: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
            case .wrapWhileUnlocked, .wrapWithUser: kSecAttrAccessibleWhenUnlockedThisDeviceOnly
            }
        }

        /// What a key in the Secure Enclave wants besides.
        fileprivate var flags: SecAccessControlCreateFlags {
            self == .wrapWithUser ? [.privateKeyUsage, .biometryCurrentSet] : .privateKeyUsage
        }
    }

    extension KeyStoreError {
        fileprivate init(_ error: Unmanaged<CFError>?) {
            let error = error?.takeRetainedValue() as (any Error)? as NSError?
            self.init(domain: error?.domain ?? "", code: error?.code ?? 0)
        }
    }
#endif
