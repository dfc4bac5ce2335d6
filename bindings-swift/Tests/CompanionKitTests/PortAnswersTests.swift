import Foundation
import Testing

@testable import CompanionKit

/// The platforms' codes in the words of the ports.
@Suite struct PortAnswersTests {
    @Test(arguments: [
        (Int32(-25308), KeyStoreError.NotNow),
        (-25300, .Gone),
        (-25315, .NeedsUser),
        (-128, .Cancelled),
        (-25291, .Failed(code: "keychain.-25291")),
    ])
    func aKeychainStatusIsTranslated(status: Int32, error: KeyStoreError) {
        #expect(KeyStoreError(keychain: status) == error)
        #expect(KeyStoreError(domain: "NSOSStatusErrorDomain", code: Int(status)) == error)
    }

    @Test(arguments: [
        ("com.apple.LocalAuthentication", -2, KeyStoreError.Cancelled),
        ("com.apple.LocalAuthentication", -4, .Cancelled),
        ("com.apple.LocalAuthentication", -1004, .NeedsUser),
        ("CryptoTokenKit", -3, .Failed(code: "CryptoTokenKit.-3")),
    ])
    func anErrorOfAKeyIsTranslated(domain: String, code: Int, error: KeyStoreError) {
        #expect(KeyStoreError(domain: domain, code: code) == error)
    }

    @Test func onlyWhatSurelyDidNotLeaveIsNotSent() {
        let notSent: [URLError.Code] = [
            .cannotFindHost, .cannotConnectToHost, .dnsLookupFailed, .notConnectedToInternet, .secureConnectionFailed,
            .serverCertificateUntrusted,
        ]
        for code in notSent { #expect(TransportError(code) == .NotSent) }
        let lost: [URLError.Code] = [
            .timedOut, .networkConnectionLost, .cancelled, .badServerResponse, .cannotParseResponse, .unknown,
        ]
        for code in lost { #expect(TransportError(code) == .Lost) }
    }

    @Test func aSignatureIsTwoNumbersOf32Bytes() throws {
        // r has a zero in front that keeps it positive, s is two bytes shorter than 32.
        let r = Data([0x80]) + Data(repeating: 7, count: 31)
        let s = Data([0x01]) + Data(repeating: 9, count: 29)
        let der = Data([0x30, 67, 0x02, 33, 0]) + r + Data([0x02, 30]) + s
        #expect(try P256Signature(der: der).joined == r + Data([0, 0]) + s)
    }

    @Test(arguments: [
        Data(), Data([0x30, 0]), Data([0x30, 3, 0x02, 1, 1]), Data([0x31, 6, 2, 1, 1, 2, 1, 1]),
        Data([0x30, 7, 2, 1, 1, 2, 1, 1, 0]),
        Data([0x30, 38, 2, 33]) + Data(repeating: 1, count: 33) + Data([2, 1, 1]),
    ])
    func whatIsNoSignatureIsRefused(der: Data) {
        #expect(throws: KeyStoreError.Failed(code: "signature")) { try P256Signature(der: der) }
    }

    @Test func aPublicKeyIsAJwk() throws {
        // The example of RFC 7517, appendix A.1.
        let x = try #require(Data(base64Encoded: "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4="))
        let y = try #require(Data(base64Encoded: "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM="))
        let expected =
            #"{"crv":"P-256","kty":"EC","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","#
            + #""y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#
        #expect(try Jwk(point: Data([4]) + x + y).text == expected)
        #expect(throws: KeyStoreError.Failed(code: "point")) { try Jwk(point: Data([2]) + x) }
    }
}
