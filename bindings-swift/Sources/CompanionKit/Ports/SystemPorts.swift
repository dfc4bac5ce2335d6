#if canImport(Security)
    extension Ports {
        /// The phone's own: `URLSession`, the keychain with the Secure Enclave, and facts from the system.
        public static func system() -> Ports {
            Ports(transport: URLSessionTransport(), keys: KeychainKeyStore(), device: SystemDeviceFacts())
        }
    }
#endif
