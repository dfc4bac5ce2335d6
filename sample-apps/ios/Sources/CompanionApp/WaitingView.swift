import CompanionAppModels
import SwiftUI

/// Why a message is not delivered, and what can be done about it.
struct WaitingView: View {
    let waiting: Waiting
    let choices: [Choice]
    let wording: Wording
    let act: @MainActor (Choice) async -> Void
    @Environment(\.dismiss) private var dismiss

    var body: some View {
        List {
            MarkView(mark: waiting.mark)
            ForEach(waiting.details, id: \.self) { Text($0) }
            ForEach(choices, id: \.self) { choice in
                Button(wording.texts(choice.word)) {
                    dismiss()
                    Task { await act(choice) }
                }
                .frame(minHeight: Style.target)
            }
            Button(wording.texts(.close)) { dismiss() }.frame(minHeight: Style.target)
        }
    }
}
