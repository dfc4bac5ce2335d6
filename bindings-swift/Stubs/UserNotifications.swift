// The part of Apple's UserNotifications that CompanionKit names, for its type-check on Linux.
@_exported import Foundation

public final class UNUserNotificationCenter: NSObject, @unchecked Sendable {
    public class func current() -> UNUserNotificationCenter { UNUserNotificationCenter() }
    public func pendingNotificationRequests() async -> [UNNotificationRequest] { [] }
    public func removePendingNotificationRequests(withIdentifiers identifiers: [String]) {}
    public func add(_ request: UNNotificationRequest) async throws {}
}

open class UNNotificationTrigger: NSObject {}

public final class UNCalendarNotificationTrigger: UNNotificationTrigger {
    public convenience init(dateMatching components: DateComponents, repeats: Bool) { self.init() }
}

open class UNNotificationContent: NSObject {
    public var userInfo: [AnyHashable: Any] { [:] }
}

public final class UNMutableNotificationContent: UNNotificationContent {
    public var body = ""
}

public final class UNNotificationRequest: NSObject {
    public let identifier: String
    public let content = UNNotificationContent()
    public init(identifier: String, content: UNNotificationContent, trigger: UNNotificationTrigger?) {
        self.identifier = identifier
    }
}
