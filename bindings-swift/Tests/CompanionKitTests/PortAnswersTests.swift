import Foundation
import Testing

@testable import CompanionKit

/// The platforms' codes in the words of the ports.
@Suite struct PortAnswersTests {
    @Test(arguments: [
        (Int32(-25308), KeyStoreError.NotNow),  // errSecInteractionNotAllowed
        (-25300, .Gone),  // errSecItemNotFound
        (-25293, .NeedsUser),  // errSecAuthFailed
        (-25315, .NeedsUser),  // errSecInteractionRequired
        (-25320, .NeedsUser),  // errSecInDarkWake
        (-128, .Cancelled),  // errSecUserCanceled
        (-50, .Failed(code: "keychain.-50")),  // errSecParam
        (-25291, .Failed(code: "keychain.-25291")),  // errSecNotAvailable
        (-25299, .Failed(code: "keychain.-25299")),  // errSecDuplicateItem
        (-26275, .Failed(code: "keychain.-26275")),  // errSecDecode
        (-26276, .Failed(code: "keychain.-26276")),  // errSecInternal
        (-34018, .Failed(code: "keychain.-34018")),  // errSecMissingEntitlement
    ])
    func aKeychainStatusIsTranslated(status: Int32, error: KeyStoreError) {
        #expect(KeyStoreError(keychain: status) == error)
        #expect(KeyStoreError(domain: "NSOSStatusErrorDomain", code: Int(status)) == error)
    }

    @Test(arguments: [
        (-1, KeyStoreError.NeedsUser),  // authenticationFailed
        (-2, .Cancelled),  // userCancel
        (-3, .Cancelled),  // userFallback
        (-4, .Cancelled),  // systemCancel
        (-5, .NeedsUser),  // passcodeNotSet
        (-6, .NeedsUser),  // biometryNotAvailable
        (-7, .NeedsUser),  // biometryNotEnrolled
        (-8, .NeedsUser),  // biometryLockout
        (-9, .Cancelled),  // appCancel
        (-10, .Cancelled),  // invalidContext
        (-11, .NeedsUser),  // companionNotAvailable
        (-12, .NeedsUser),  // biometryNotPaired
        (-13, .NeedsUser),  // biometryDisconnected
        (-14, .Failed(code: "com.apple.LocalAuthentication.-14")),  // invalidDimensions
        (-1004, .NeedsUser),  // notInteractive
    ])
    func anAuthenticationsErrorIsTranslated(code: Int, error: KeyStoreError) {
        #expect(KeyStoreError(domain: "com.apple.LocalAuthentication", code: code) == error)
    }

    @Test(arguments: [
        (-1, KeyStoreError.Failed(code: "CryptoTokenKit.-1")),  // notImplemented
        (-2, .Failed(code: "CryptoTokenKit.-2")),  // communicationError
        (-3, .Failed(code: "CryptoTokenKit.-3")),  // corruptedData
        (-4, .Cancelled),  // canceledByUser
        (-5, .NeedsUser),  // authenticationFailed
        (-6, .Failed(code: "CryptoTokenKit.-6")),  // objectNotFound
        (-7, .Failed(code: "CryptoTokenKit.-7")),  // tokenNotFound
        (-8, .Failed(code: "CryptoTokenKit.-8")),  // badParameter
        (-9, .NeedsUser),  // authenticationNeeded
        (-10, .Gone),  // invalidatedDeviceKey
    ])
    func aTokensErrorIsTranslated(code: Int, error: KeyStoreError) {
        #expect(KeyStoreError(domain: "CryptoTokenKit", code: code) == error)
    }

    /// A finger or face that was added is told by codes that say nothing so final of other keys.
    @Test(arguments: [("CryptoTokenKit", -3), ("NSOSStatusErrorDomain", -50)])
    func onlyOfAKeyThatWantsTheUserDamageSaysThatItIsGone(domain: String, code: Int) {
        #expect(KeyStoreError(unwrapping: .wrapWithUser, domain: domain, code: code) == .Gone)
        for purpose in [KeyPurpose.wrap, .wrapWhileUnlocked] {
            let error = KeyStoreError(unwrapping: purpose, domain: domain, code: code)
            #expect(error == KeyStoreError(domain: domain, code: code))
            #expect(error != .Gone)
        }
    }

    @Test func aCodeThatNobodyKnowsNeverSaysThatAKeyIsGone() {
        let known = [-25300, -50, -3, -10]
        for domain in ["NSOSStatusErrorDomain", "com.apple.LocalAuthentication", "CryptoTokenKit", "AKSError", ""] {
            for code in (-30000...0).filter({ !known.contains($0) }) {
                if KeyStoreError(unwrapping: .wrapWithUser, domain: domain, code: code) == .Gone {
                    Issue.record("\(domain) \(code)")
                }
            }
        }
    }

    @Test func aQuestionIsInTheAppsWordsOrInTheCores() throws {
        #expect(try keyQuestion("お客様とのトークを開きます") == "お客様とのトークを開きます")
        #expect(try keyQuestion(nil, language: .ja) == "仕事のトークを開くために、本人確認をします。")
        #expect(try keyQuestion(nil, language: .en) == "Confirm that it is you to open your work.")
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
