import CompanionAppModels
import SwiftUI

/// What opens a chat where there is one to open.
struct ChatLink<Content: View>: View {
    let chat: Conversation?
    let client: any CompanionClientProtocol
    let wording: Wording
    @ViewBuilder let content: @MainActor () -> Content

    var body: some View {
        if let chat {
            NavigationLink {
                ChatView(ChatModel(client: client, chat: chat, wording: wording), wording: wording)
            } label: {
                content()
            }
        } else {
            content()
        }
    }
}
