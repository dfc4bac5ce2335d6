// The part of Apple's os that CompanionKit names, for its type-check on Linux.
public struct OSLogType: Sendable {
    public static let debug = Self()
    public static let info = Self()
    public static let `default` = Self()
    public static let error = Self()
}

public struct OSLogPrivacy: Sendable {
    public static let `public` = Self()
}

public struct OSLogMessage: ExpressibleByStringInterpolation, Sendable {
    public struct StringInterpolation: StringInterpolationProtocol {
        public init(literalCapacity: Int, interpolationCount: Int) {}
        public mutating func appendLiteral(_ literal: String) {}
        public mutating func appendInterpolation(_ text: @autoclosure () -> String, privacy: OSLogPrivacy) {}
    }
    public init(stringLiteral: String) {}
    public init(stringInterpolation: StringInterpolation) {}
}

public struct Logger: Sendable {
    public init(subsystem: String, category: String) {}
    public func log(level: OSLogType, _ message: OSLogMessage) {}
}
