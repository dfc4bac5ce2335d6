import Foundation

/// The platform's own codes in the words of the port. Plain numbers, so that they are tested where there is no keychain.
/// What stands in no table has failed: a code that nobody knows never says that a key is gone.
extension KeyStoreError {
    /// Security's: SecBase.h.
    private static let keychain: [Int: KeyStoreError] = [
        -25308: .NotNow,  // errSecInteractionNotAllowed: locked, or not unlocked since the start
        -25300: .Gone,  // errSecItemNotFound
        -25293: .NeedsUser,  // errSecAuthFailed
        -25315: .NeedsUser,  // errSecInteractionRequired
        -25320: .NeedsUser,  // errSecInDarkWake: nothing is on the screen
        -128: .Cancelled,  // errSecUserCanceled
    ]

    /// LocalAuthentication's: LAError.
    private static let authentication: [Int: KeyStoreError] = [
        -1: .NeedsUser,  // authenticationFailed
        -2: .Cancelled,  // userCancel
        -3: .Cancelled,  // userFallback
        -4: .Cancelled,  // systemCancel
        -5: .NeedsUser,  // passcodeNotSet
        -6: .NeedsUser,  // biometryNotAvailable
        -7: .NeedsUser,  // biometryNotEnrolled
        -8: .NeedsUser,  // biometryLockout
        -9: .Cancelled,  // appCancel
        -10: .Cancelled,  // invalidContext: the call was cancelled
        -11: .NeedsUser,  // companionNotAvailable
        -12: .NeedsUser,  // biometryNotPaired
        -13: .NeedsUser,  // biometryDisconnected
        -1004: .NeedsUser,  // notInteractive
    ]

    /// CryptoTokenKit's, through which a key in the Secure Enclave is used: TKError.
    private static let token: [Int: KeyStoreError] = [
        -4: .Cancelled,  // canceledByUser
        -5: .NeedsUser,  // authenticationFailed
        -9: .NeedsUser,  // authenticationNeeded
        -10: .Gone,  // invalidatedDeviceKey
    ]

    /// What unwrapping by a key that wants the user says besides, when the fingers or faces are others than when it was made.
    /// Of other keys the same codes may pass.
    private static let unwrappingWithUser: [String: Int] = [
        "CryptoTokenKit": -3,  // corruptedData
        "NSOSStatusErrorDomain": -50,  // errSecParam, also where another key wrapped
    ]

    /// A keychain's answer.
    init(keychain status: Int32) {
        self = Self.keychain[Int(status)] ?? .Failed(code: "keychain.\(status)")
    }

    /// The error of an operation with a key.
    init(domain: String, code: Int) {
        switch domain {
        case "NSOSStatusErrorDomain": self.init(keychain: Int32(clamping: code))
        case "com.apple.LocalAuthentication": self = Self.authentication[code] ?? .Failed(code: "\(domain).\(code)")
        case "CryptoTokenKit": self = Self.token[code] ?? .Failed(code: "\(domain).\(code)")
        default: self = .Failed(code: "\(domain).\(code)")
        }
    }

    /// The error of unwrapping by a key for `purpose`.
    init(unwrapping purpose: KeyPurpose, domain: String, code: Int) {
        if purpose == .wrapWithUser, Self.unwrappingWithUser[domain] == code {
            self = .Gone
        } else {
            self.init(domain: domain, code: code)
        }
    }
}

/// What the system shows where a key asks for face or finger.
///
/// - Parameter own: In the app's own words; else in the core's.
func keyQuestion(_ own: String?, language: Language = .preferred) throws -> String {
    try own ?? reasonText(code: "keystore.confirm", language: language).text
}

/// The public half of a P-256 key (RFC 7517).
struct Jwk {
    private let x: Data
    private let y: Data

    /// - Parameter point: The uncompressed form: 04, x, y.
    init(point: Data) throws {
        let point = Data(point)
        guard point.count == 65, point[0] == 4 else { throw KeyStoreError.Failed(code: "point") }
        (x, y) = (point[1..<33], point[33..<65])
    }

    var text: String {
        #"{"crv":"P-256","kty":"EC","x":"\#(x.base64url)","y":"\#(y.base64url)"}"#
    }
}

/// An ECDSA signature: two numbers of 32 bytes.
struct P256Signature {
    /// r‖s, as JWS wants it (RFC 7518, 3.4).
    let joined: Data

    /// - Parameter der: As the keychain makes it: a sequence of two integers (X9.62).
    init(der: Data) throws {
        var rest = Data(der)[...]
        guard Self.takeHeader(0x30, of: &rest) == rest.count else { throw KeyStoreError.Failed(code: "signature") }
        joined = try Self.takeNumber(of: &rest) + Self.takeNumber(of: &rest)
        guard rest.isEmpty else { throw KeyStoreError.Failed(code: "signature") }
    }

    /// The length of an element with the tag `tag`; all of a signature's are below 128.
    private static func takeHeader(_ tag: UInt8, of rest: inout Data) -> Int? {
        guard rest.popFirst() == tag, let length = rest.popFirst(), length < 128 else { return nil }
        return Int(length)
    }

    /// An integer without the zero that keeps it positive, filled up to 32 bytes.
    private static func takeNumber(of rest: inout Data) throws -> Data {
        guard let length = takeHeader(0x02, of: &rest), length <= rest.count else {
            throw KeyStoreError.Failed(code: "signature")
        }
        let number = rest.prefix(length).drop { $0 == 0 }
        rest = rest.dropFirst(length)
        guard number.count <= 32 else { throw KeyStoreError.Failed(code: "signature") }
        return Data(repeating: 0, count: 32 - number.count) + number
    }
}

extension Data {
    /// Without padding (RFC 4648, 5).
    fileprivate var base64url: String {
        base64EncodedString()
            .replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }
}
