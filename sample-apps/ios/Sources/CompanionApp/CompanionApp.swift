import CompanionAppModels
import SwiftUI

/// A company's chats on an employee's own phone.
@main
struct CompanionApp: App {
    @State private var session: SessionModel
    private let refresh: BackgroundRefresh

    init() {
        let texts = Texts { Bundle.main.localizedString(forKey: $0, value: nil, table: nil) }
        let session = SessionModel(
            wording: Wording(texts: texts, language: .preferred), opening: openFirstEnrolment)
        _session = State(wrappedValue: session)
        refresh = BackgroundRefresh(identifier: "com.example.companion.refresh") {
            await session.lend()
        } closing: { _ in
            await session.takeBack()
        }
        refresh.register()
    }

    var body: some Scene {
        WindowGroup { RootView(session: session, refresh: refresh) }
    }
}

/// Opens the enrolment that this phone has.
private func openFirstEnrolment() async throws -> (any CompanionClientProtocol)? {
    let root = try WorkFolder.prepare()
    guard let joined = try listEnrolments(root: root).first else { return nil }
    return try await CompanionClient.open(
        options: OpenOptions(root: root, enrolment: joined.enrolment), ports: .system())
}
