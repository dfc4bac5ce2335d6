#if canImport(Security)
    import CryptoKit
    import Foundation
    import Security

    /// Keys in the Secure Enclave, by name, as keychain items that no backup and no other device holds.
    ///
    /// Both kinds are P-256 keys: a device key signs (ES256), a wrapping key takes part in ECIES. They work from the first
    /// unlock after a start on, without a prompt. Where there is no Secure Enclave, which of the platforms of this package
    /// only old Macs and simulators lack, the keys are the keychain's own, and ``level()`` says so.
    public actor KeychainKeyStore: KeyStore {
        private let accessGroup: String?

        /// - Parameter accessGroup: The keychain group of the app, where it has more than one.
        public init(accessGroup: String? = nil) {
            self.accessGroup = accessGroup
        }

        public func make(name: String, purpose: KeyPurpose) async throws -> String? {
            guard purpose == .wrap || purpose == .sign else { throw KeyStoreError.Failed(code: "purpose") }
            let key = try find(name) ?? create(name)
            switch purpose {
            case .wrap, .wrapWhileUnlocked, .wrapWithUser:
                return nil
            case .sign:
                var error: Unmanaged<CFError>?
                guard let point = SecKeyCopyExternalRepresentation(try publicHalf(of: key), &error) as Data? else {
                    throw KeyStoreError(error)
                }
                return try Jwk(point: point).text
            }
        }

        public func wrap(name: String, secret: Data) async throws -> Data {
            var error: Unmanaged<CFError>?
            let key = try publicHalf(of: existing(name))
            guard let wrapped = SecKeyCreateEncryptedData(key, wrapping, secret as CFData, &error) as Data? else {
                throw KeyStoreError(error)
            }
            return wrapped
        }

        public func unwrap(name: String, wrapped: Data) async throws -> Data {
            var error: Unmanaged<CFError>?
            let key = try existing(name)
            guard let secret = SecKeyCreateDecryptedData(key, wrapping, wrapped as CFData, &error) as Data? else {
                throw KeyStoreError(error)
            }
            return secret
        }

        public func sign(name: String, input: Data) async throws -> Data {
            var error: Unmanaged<CFError>?
            let key = try existing(name)
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
            try check(SecItemDelete(query(nil) as CFDictionary), besides: errSecItemNotFound)
        }

        private let wrapping = SecKeyAlgorithm.eciesEncryptionCofactorVariableIVX963SHA256AESGCM

        /// What all keys of this store have in common, and the key `name`'s own tag.
        private func query(_ name: String?) -> [CFString: Any] {
            var query: [CFString: Any] = [
                kSecClass: kSecClassKey,
                kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom,
                kSecAttrLabel: "companion",
                kSecUseDataProtectionKeychain: true,
            ]
            if let name { query[kSecAttrApplicationTag] = Data("companion.\(name)".utf8) }
            if let accessGroup { query[kSecAttrAccessGroup] = accessGroup }
            return query
        }

        private func find(_ name: String) throws -> SecKey? {
            var query = query(name)
            query[kSecReturnRef] = true
            var found: CFTypeRef?
            try check(SecItemCopyMatching(query as CFDictionary, &found), besides: errSecItemNotFound)
            return found.map { $0 as! SecKey }
        }

        /// A key that is asked for was made before: where there is none, it is gone.
        private func existing(_ name: String) throws -> SecKey {
            guard let key = try find(name) else { throw KeyStoreError.Gone }
            return key
        }

        private func create(_ name: String) throws -> SecKey {
            var error: Unmanaged<CFError>?
            let access = SecAccessControlCreateWithFlags(
                nil, kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly, .privateKeyUsage, &error)
            guard let access else { throw KeyStoreError(error) }
            var stored = query(name)
            stored[kSecClass] = nil
            stored[kSecAttrIsPermanent] = true
            var attributes: [CFString: Any] = [
                kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom, kSecAttrKeySizeInBits: 256,
                kSecUseDataProtectionKeychain: true,
            ]
            if SecureEnclave.isAvailable {
                attributes[kSecAttrTokenID] = kSecAttrTokenIDSecureEnclave
                stored[kSecAttrAccessControl] = access
            } else {
                stored[kSecAttrAccessible] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
            }
            attributes[kSecPrivateKeyAttrs] = stored
            guard let key = SecKeyCreateRandomKey(attributes as CFDictionary, &error) else {
                throw KeyStoreError(error)
            }
            return key
        }

        private func publicHalf(of key: SecKey) throws -> SecKey {
            guard let half = SecKeyCopyPublicKey(key) else { throw KeyStoreError.Failed(code: "public_half") }
            return half
        }

        private func check(_ status: OSStatus, besides allowed: OSStatus) throws {
            guard status == errSecSuccess || status == allowed else { throw KeyStoreError(keychain: status) }
        }
    }

    extension KeyStoreError {
        fileprivate init(_ error: Unmanaged<CFError>?) {
            let error = error?.takeRetainedValue() as (any Error)? as NSError?
            self.init(domain: error?.domain ?? "", code: error?.code ?? 0)
        }
    }
#endif
