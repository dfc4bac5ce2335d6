#if canImport(Security) && canImport(LocalAuthentication)
    extension Ports {
        /// The phone's own: `URLSession`, the keychain with the Secure Enclave, and facts from the system.
        ///
        /// - Parameter reason: What the system shows where it asks for face or finger, as of ``KeychainKeyStore``.
        public static func system(reason: String? = nil) -> Ports {
            Ports(
                transport: URLSessionTransport(), keys: KeychainKeyStore(reason: reason), device: SystemDeviceFacts())
        }
    }
#endif
