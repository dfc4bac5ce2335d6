import CompanionAppModels
import SwiftUI

/// All screens, once the client is open. While the app is not in front, its picture is empty.
struct RootView: View {
    let session: SessionModel
    let refresh: BackgroundRefresh

    @Environment(\.scenePhase) private var scene
    @Environment(\.colorScheme) private var scheme

    var body: some View {
        let style = Style(scheme)
        screens
            .tint(style.work)
            .overlay {
                if scene != .active {
                    Rectangle().fill(style.surface).ignoresSafeArea()
                }
            }
            .onChange(of: scene, initial: true) { _, now in
                if now == .active { Task { await session.enter() } }
                if now == .background {
                    try? refresh.schedule()
                    Task { await session.leave() }
                }
            }
    }

    @ViewBuilder private var screens: some View {
        switch session.phase {
        case .opening: LateProgress(text: session.wording.texts(.loading))
        case .open(let client): Tabs(session: session, client: client)
        case .unavailable(let why):
            VStack(spacing: 16) {
                ContentUnavailableView(why, systemImage: "briefcase")
                Text(session.wording.texts(.nothingUntilChosen))
                Button(session.wording.texts(.retry)) { Task { await session.enter() } }
                    .frame(minHeight: Style.target)
            }
        }
    }
}

/// The five tabs, and the line that says when the gateway is not reached.
private struct Tabs: View {
    let session: SessionModel
    let client: any CompanionClientProtocol
    let wording: Wording
    @State private var connection: ConnectionModel
    @Environment(\.scenePhase) private var scene

    init(session: SessionModel, client: any CompanionClientProtocol) {
        self.session = session
        self.client = client
        wording = session.wording
        _connection = State(wrappedValue: ConnectionModel(client: client, wording: wording))
    }

    var body: some View {
        TabView {
            tab(.today, "sun.max") { TodayView(client: client, wording: wording) }
            tab(.chats, "bubble.left.and.bubble.right") { ChatsView(client: client, wording: wording) }
            tab(.outbox, "tray.and.arrow.up") { OutboxView(client: client, wording: wording) }
            tab(.companySees, "eye") {
                CompanySeesView(CompanySeesModel(client: client, wording: wording), wording: wording)
            }
            tab(.settings, "gearshape") {
                SettingsView(SettingsModel(client: client, wording: wording), wording: wording)
            }
        }
        .safeAreaInset(edge: .top) {
            if let trouble = connection.trouble { Notice(text: trouble) }
        }
        .task(id: scene) {
            guard scene == .active else { return }
            await session.enter()
            await connection.run()
        }
    }

    private func tab<Screen: View>(
        _ word: TextKey, _ symbol: String, @ViewBuilder _ screen: () -> Screen
    ) -> some View {
        NavigationStack { screen().navigationTitle(wording.texts(word)) }
            .tabItem { Label(wording.texts(word), systemImage: symbol) }
    }
}
