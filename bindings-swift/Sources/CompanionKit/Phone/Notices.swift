import Foundation

extension Language {
    /// The one of the core's languages that this person reads best, as the system knows it.
    public static var preferred: Language {
        Bundle.preferredLocalizations(from: ["en", "ja"]).first == "ja" ? .ja : .en
    }
}

#if canImport(UserNotifications)
    import UserNotifications

    /// Hands the core's dated texts over to the system, which shows them even if the app does not run.
    public struct NoticeScheduler: Sendable {
        private let prefix = "companion.notice."

        /// The app itself asks the person for the permission to notify.
        public init() {}

        /// Replaces what was scheduled before by what the client says now.
        ///
        /// - Parameters:
        ///   - client: Whose notices.
        ///   - language: Of their texts.
        public func schedule(_ client: any CompanionClientProtocol, language: Language = .preferred) async throws {
            let center = UNUserNotificationCenter.current()
            let notices = try client.notices()
            let pending = await center.pendingNotificationRequests().map(\.identifier)
            center.removePendingNotificationRequests(withIdentifiers: pending.filter { $0.hasPrefix(prefix) })
            for (number, notice) in notices.enumerated() {
                let content = UNMutableNotificationContent()
                content.body = try reasonText(code: notice.code, language: language).text
                let when = Calendar.current.dateComponents(in: .gmt, from: notice.at)
                let trigger = UNCalendarNotificationTrigger(dateMatching: when, repeats: false)
                let request = UNNotificationRequest(
                    identifier: "\(prefix)\(number)", content: content, trigger: trigger)
                try await center.add(request)
            }
        }
    }
#endif
