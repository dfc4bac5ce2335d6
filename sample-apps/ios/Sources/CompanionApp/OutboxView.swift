import CompanionAppModels
import SwiftUI

/// Screen 8.
struct OutboxView: View {
    let wording: Wording
    @State private var model: OutboxModel
    @State private var asked: Waiting?

    init(_ model: OutboxModel, wording: Wording) {
        self.wording = wording
        _model = State(wrappedValue: model)
    }

    var body: some View {
        List {
            if let notice = model.notice { Notice(text: notice) }
            Listing(shown: model.messages, wording: wording, retry: model.reload, more: model.loadMore) { waiting in
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
        .refreshable { await model.reload() }
        .task { await model.follow() }
        .sheet(item: $asked) { waiting in
            WaitingView(waiting: waiting, choices: model.choices(of: waiting), wording: wording) { choice in
                await model.act(choice, on: waiting)
            }
        }
    }
}
