import CompanionAppModels
import SwiftUI

/// Screen 11, as far as the core has it.
struct SettingsView: View {
    let wording: Wording
    @State private var model: SettingsModel

    init(_ model: SettingsModel, wording: Wording) {
        self.wording = wording
        _model = State(wrappedValue: model)
    }

    var body: some View {
        List {
            Text(wording.texts(.nothingUntilChosen))
            if let problem = model.problem { Notice(text: problem) }
            ForEach(model.rows) { LabeledContent(wording.texts($0.id), value: $0.value) }
        }
        .refreshable { await model.reload() }
        .task { await model.reload() }
    }
}
