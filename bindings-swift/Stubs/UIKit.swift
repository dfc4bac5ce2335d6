// The part of Apple's UIKit that CompanionKit names, for its type-check on Linux.
@_exported import Foundation
@_exported import FoundationNetworking

extension URLSessionConfiguration {
    public class func background(withIdentifier identifier: String) -> URLSessionConfiguration { .default }
}

public struct CGRect: Sendable {}

public enum UIBackgroundFetchResult: UInt, Sendable {
    case newData, noData, failed
}

@MainActor open class UIApplication: NSObject {
    public enum State: Sendable { case active, inactive, background }
    public class var shared: UIApplication { UIApplication() }
    public var applicationState: State { .background }
}

@MainActor open class UIView: NSObject {
    public struct AutoresizingMask: OptionSet, Sendable {
        public let rawValue: UInt
        public init(rawValue: UInt) { self.rawValue = rawValue }
        public static let flexibleWidth = Self(rawValue: 1 << 1)
        public static let flexibleHeight = Self(rawValue: 1 << 4)
    }
    public var frame = CGRect()
    public var bounds = CGRect()
    public var autoresizingMask: AutoresizingMask = []
    public func addSubview(_ view: UIView) {}
    public func removeFromSuperview() {}
}

@MainActor open class UIWindow: UIView {}

@MainActor open class UIScene: NSObject {
    public nonisolated class var willDeactivateNotification: NSNotification.Name { NSNotification.Name("") }
    public nonisolated class var didActivateNotification: NSNotification.Name { NSNotification.Name("") }
}

@MainActor open class UIWindowScene: UIScene {
    public var windows: [UIWindow] = []
}
