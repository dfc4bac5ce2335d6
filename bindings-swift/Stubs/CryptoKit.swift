// The part of Apple's CryptoKit that CompanionKit names, for its type-check on Linux.
public enum SecureEnclave {
    public static var isAvailable: Bool { false }
}
