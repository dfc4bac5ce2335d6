import Foundation

/// The platform's own codes in the words of the port. Plain numbers, so that they are tested where there is no keychain.
extension KeyStoreError {
    /// A keychain's answer.
    init(keychain status: Int32) {
        self =
            switch status {
            case -25308: .NotNow  // errSecInteractionNotAllowed: not unlocked since the start
            case -25300: .Gone  // errSecItemNotFound
            case -25315: .NeedsUser  // errSecInteractionRequired
            case -128: .Cancelled  // errSecUserCanceled
            default: .Failed(code: "keychain.\(status)")
            }
    }

    /// The error of an operation with a key.
    init(domain: String, code: Int) {
        switch (domain, code) {
        case ("NSOSStatusErrorDomain", _): self.init(keychain: Int32(clamping: code))
        case ("com.apple.LocalAuthentication", -2): self = .Cancelled  // userCancel
        case ("com.apple.LocalAuthentication", -4): self = .Cancelled  // systemCancel
        case ("com.apple.LocalAuthentication", -1004): self = .NeedsUser  // notInteractive
        default: self = .Failed(code: "\(domain).\(code)")
        }
    }
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
