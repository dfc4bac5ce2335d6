import CompanionAppModels
import SwiftUI

/// Screen 7.
struct BindView: View {
    let wording: Wording
    @State private var model: BindModel
    @Environment(\.dismiss) private var dismiss

    init(_ model: BindModel, wording: Wording) {
        self.wording = wording
        _model = State(wrappedValue: model)
    }

    var body: some View {
        List {
            Section(model.question) {
                Toggle(model.soFarText, isOn: $model.soFar).frame(minHeight: Style.target)
                Text(model.whoSees)
                Text(model.undo).font(.subheadline)
                Button(wording.texts(.makeWork)) { Task { await model.makeWork() } }
                    .disabled(!model.canMakeWork)
                    .frame(minHeight: Style.target)
            }
            Section(wording.texts(.personal)) {
                Text(model.keepQuestion)
                Button(wording.texts(.keepPersonal)) { Task { await model.keepPersonal() } }
                    .disabled(model.isDone)
                    .frame(minHeight: Style.target)
            }
            if let notice = model.notice { Notice(text: notice) }
            Button(wording.texts(.close)) { dismiss() }.frame(minHeight: Style.target)
        }
    }
}
