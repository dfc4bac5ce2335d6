import Foundation

/// Calls its block at each notification, until it is released.
final class NotificationObserver: @unchecked Sendable {
    private let observer: any NSObjectProtocol

    init(
        _ name: Notification.Name, of object: AnyObject? = nil, queue: OperationQueue? = nil,
        _ block: @escaping @Sendable () -> Void
    ) {
        observer = NotificationCenter.default.addObserver(forName: name, object: object, queue: queue) { _ in block() }
    }

    deinit {
        NotificationCenter.default.removeObserver(observer)
    }
}
