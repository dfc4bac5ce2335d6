// The part of Apple's LocalAuthentication that CompanionKit names, for its type-check on Linux.
import Foundation

public enum LAPolicy: Int, Sendable {
    case deviceOwnerAuthenticationWithBiometrics = 1
}

public class LAContext {
    public init() {}
    public var localizedReason = ""
    public var localizedFallbackTitle: String?
    public func canEvaluatePolicy(_ policy: LAPolicy, error: UnsafeMutablePointer<NSError?>?) -> Bool { false }
    public func invalidate() {}
}
