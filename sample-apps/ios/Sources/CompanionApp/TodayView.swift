import CompanionAppModels
import SwiftUI

/// Screen 3.
struct TodayView: View {
    let client: any CompanionClientProtocol
    let wording: Wording
    @State private var model: TodayModel

    init(client: any CompanionClientProtocol, wording: Wording) {
        self.client = client
        self.wording = wording
        _model = State(wrappedValue: TodayModel(client: client, wording: wording))
    }

    var body: some View {
        List {
            if let headline = model.headline {
                Text(headline).font(.title2).accessibilityAddTraits(.isHeader)
            }
            Listing(shown: model.people, wording: wording, retry: model.reload, more: model.loadMore) { row($0) }
            ForEach(model.others) { row($0) }
        }
        .refreshable { await model.reload() }
        .task { await model.follow() }
    }

    private func row(_ row: TodayModel.Row) -> some View {
        ChatLink(chat: row.chat, client: client, wording: wording) {
            HStack(spacing: 12) {
                Image(systemName: row.symbol).accessibilityHidden(true)
                VStack(alignment: .leading, spacing: 4) {
                    Text(row.title).font(.headline)
                    if let detail = row.detail { Text(detail).font(.subheadline).privacySensitive() }
                }
            }
            .frame(minHeight: Style.row)
            .accessibilityElement(children: .combine)
        }
    }
}
