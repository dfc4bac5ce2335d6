import CompanionAppModels
import SwiftUI

/// Screen 4.
struct ChatsView: View {
    let client: any CompanionClientProtocol
    let wording: Wording
    @State private var model: ChatsModel
    @State private var deciding: ChatsModel.UndecidedRow?
    @State private var isAdding = false
    @State private var channel = ""
    @State private var account = ""
    @Environment(\.colorScheme) private var scheme

    init(client: any CompanionClientProtocol, wording: Wording) {
        self.client = client
        self.wording = wording
        _model = State(wrappedValue: ChatsModel(client: client, wording: wording))
    }

    var body: some View {
        List {
            Picker(wording.texts(.chats), selection: $model.segment) {
                ForEach(Segment.allCases, id: \.self) { segment in
                    Label(wording.texts(segment.word), systemImage: segment.symbol).tag(segment)
                }
            }
            .pickerStyle(.segmented)
            if let notice = model.notice { Notice(text: notice) }
            chats
        }
        .refreshable { await model.reload() }
        .task { await model.follow() }
        .sheet(item: $deciding) { chat in
            BindView(BindModel(client: client, chat: chat, wording: wording), wording: wording)
        }
        .alert(wording.texts(.addAccount), isPresented: $isAdding) {
            TextField(wording.texts(.channel), text: $channel)
            TextField(wording.texts(.account), text: $account)
            Button(wording.texts(.cancel)) {}
            Button(wording.texts(.addAccount)) { Task { await model.accept(channel: channel, account: account) } }
        } message: {
            Text(wording.texts(.nothingUntilChosen))
        }
    }

    @ViewBuilder private var chats: some View {
        switch model.segment {
        case .work:
            Listing(shown: model.work, wording: wording, retry: model.reload, more: model.loadMore) { work($0) }
            Button(wording.texts(.addAccount)) { isAdding = true }.frame(minHeight: Style.target)
        case .undecided:
            Listing(shown: model.undecided, wording: wording, retry: model.reload, more: model.loadMore) { chat in
                undecided(chat)
            }
        case .personal:
            Label(model.personal, systemImage: Segment.personal.symbol).frame(minHeight: Style.row)
        }
    }

    private func work(_ row: ChatsModel.WorkRow) -> some View {
        ChatLink(chat: row.chat, client: client, wording: wording) {
            HStack(spacing: 12) {
                Rectangle().fill(Style(scheme).work).frame(width: 4)
                VStack(alignment: .leading, spacing: 4) {
                    Text(row.title).font(.headline)
                    Text(row.preview).font(.subheadline).privacySensitive()
                    if let mark = row.mark { MarkView(mark: mark) }
                }
                Spacer()
                if let badge = row.badge { Text(badge).font(.caption) }
            }
            .frame(minHeight: Style.row)
            .accessibilityElement(children: .ignore)
            .accessibilityLabel(row.spoken)
        }
    }

    private func undecided(_ row: ChatsModel.UndecidedRow) -> some View {
        Button {
            deciding = row
        } label: {
            HStack(spacing: 12) {
                RoundedRectangle(cornerRadius: 4)
                    .stroke(Style(scheme).outline, style: StrokeStyle(lineWidth: 1, dash: [4, 4]))
                    .frame(width: 4)
                Label(row.title, systemImage: Segment.undecided.symbol).font(.headline)
                Spacer()
                Text("\(row.items)").font(.caption)
            }
            .frame(minHeight: Style.row)
        }
    }
}
