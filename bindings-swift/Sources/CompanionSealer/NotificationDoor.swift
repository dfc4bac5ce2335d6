#if canImport(UserNotifications)
    import Foundation
    import UserNotifications

    /// The work of a notification service extension: it keeps what came with a push until the app reads it, and lets the system
    /// show nothing of it. An extension never opens the app's files, and holds no key with which it could read what is sealed:
    /// whatever the company allows on a locked screen, this text stays unless the app itself runs.
    public struct NotificationDoor: Sendable {
        private let inbox: any InboxSealerProtocol
        private let reader: String
        private let text: String
        private let item: @Sendable (_ userInfo: [AnyHashable: Any]) -> Data?

        /// - Parameters:
        ///   - inbox: Where an item is kept.
        ///   - reader: Who reads an item, such as `whatsapp_cloud`.
        ///   - text: What the person reads: that there is news, and never from whom or what.
        ///   - item: Which bytes of a push are an item; `nil` where it only says that there is news.
        public init(
            inbox: any InboxSealerProtocol, reader: String, text: String,
            item: @escaping @Sendable (_ userInfo: [AnyHashable: Any]) -> Data? = { _ in nil }
        ) {
            self.inbox = inbox
            self.reader = reader
            self.text = text
            self.item = item
        }

        /// What to give to the system's content handler; also of `serviceExtensionTimeWillExpire()`, since it does not wait.
        ///
        /// - Parameters:
        ///   - request: The push.
        ///   - failed: Hears why an item could not be kept. The gateway has it until the app acknowledges it.
        public func content(
            for request: UNNotificationRequest, failed: (any Error) -> Void = { _ in }
        ) -> UNNotificationContent {
            do {
                if let item = item(request.content.userInfo) { try inbox.append(reader: reader, item: item) }
            } catch {
                failed(error)
            }
            let shown = UNMutableNotificationContent()
            shown.body = text
            return shown
        }
    }
#endif
