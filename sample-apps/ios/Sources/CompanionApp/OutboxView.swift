import CompanionAppModels
import SwiftUI

/// Screen 8.
struct OutboxView: View {
    let client: any CompanionClientProtocol
    let wording: Wording
    @State private var model: OutboxModel
    @State private var asked: Waiting?

    init(client: any CompanionClientProtocol, wording: Wording) {
        self.client = client
        self.wording = wording
        _model = State(wrappedValue: OutboxModel(client: client, wording: wording))
    }

    var body: some View {
        List {
            Listing(shown: model.chats, wording: wording, retry: model.reload, more: model.loadMore) { chat in
                ChatLink(chat: chat.chat, client: client, wording: wording) {
                    Label(chat.title, systemImage: Segment.work.symbol).font(.headline).frame(minHeight: Style.target)
                }
                ForEach(chat.messages) { message($0) }
            }
        }
        .refreshable { await model.reload() }
        .task { await model.follow() }
        .sheet(item: $asked) { waiting in
            WaitingView(waiting: waiting, choices: model.choices(of: waiting), wording: wording) { choice in
                await model.act(choice, on: waiting)
            }
        }
    }

    private func message(_ waiting: Waiting) -> some View {
        Button {
            asked = waiting
        } label: {
            VStack(alignment: .leading, spacing: 4) {
                MarkView(mark: waiting.mark)
                ForEach(waiting.details, id: \.self) { Text($0).font(.subheadline) }
            }
            .frame(minHeight: Style.row)
        }
    }
}
