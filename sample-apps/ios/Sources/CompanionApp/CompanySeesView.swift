import CompanionAppModels
import SwiftUI

/// Screen 10.
struct CompanySeesView: View {
    let wording: Wording
    @State private var model: CompanySeesModel

    init(_ model: CompanySeesModel, wording: Wording) {
        self.wording = wording
        _model = State(wrappedValue: model)
    }

    var body: some View {
        List {
            ForEach(model.rules, id: \.title) { rule in
                Section(wording.texts(rule.title)) { Text(wording.texts(rule.text)) }
            }
            Text(wording.texts(.deviceManagement)).font(.subheadline)
            Text(model.headline).font(.headline).accessibilityAddTraits(.isHeader)
            Listing(shown: model.sent, wording: wording, retry: model.reload, more: model.loadMore) { row in
                VStack(alignment: .leading, spacing: 4) {
                    Text(row.what)
                    Text(row.time).font(.caption)
                }
                .accessibilityElement(children: .combine)
            }
        }
        .refreshable { await model.reload() }
        .task { await model.follow() }
    }
}
