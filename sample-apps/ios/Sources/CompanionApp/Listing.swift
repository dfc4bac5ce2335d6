import CompanionAppModels
import SwiftUI

/// A list in each of its states: rows, not there yet, nothing at all, not readable.
struct Listing<Row: Identifiable & Hashable & Sendable, RowView: View>: View {
    let shown: Shown<Row>
    let wording: Wording
    let retry: @MainActor () async -> Void
    let more: @MainActor () async -> Void
    @ViewBuilder let row: @MainActor (Row) -> RowView

    var body: some View {
        if let problem = shown.problem {
            Notice(text: problem)
            Button(wording.texts(.retry)) { Task { await retry() } }.frame(minHeight: Style.target)
        }
        if shown.isLoading { LateProgress(text: wording.texts(.loading)) }
        if let empty = shown.empty { ContentUnavailableView(empty, systemImage: "tray") }
        ForEach(shown.rows) { row($0) }
        if shown.hasMore {
            Button(wording.texts(.earlier)) { Task { await more() } }.frame(minHeight: Style.target)
        }
    }
}

/// A sentence that needs to be seen.
struct Notice: View {
    let text: String
    @Environment(\.colorScheme) private var scheme

    var body: some View {
        Label(text, systemImage: "exclamationmark.circle")
            .font(.subheadline)
            .foregroundStyle(Style(scheme).attention)
            .frame(maxWidth: .infinity, alignment: .leading)
            .padding(8)
    }
}

/// That something is read, once that takes long enough to be seen.
struct LateProgress: View {
    let text: String
    @State private var isLate = false

    var body: some View {
        VStack {
            if isLate { ProgressView().accessibilityLabel(text) }
        }
        .task {
            try? await Task.sleep(for: .milliseconds(300))
            isLate = true
        }
    }
}

/// A picture and its word.
struct MarkView: View {
    let mark: Mark
    @Environment(\.colorScheme) private var scheme

    var body: some View {
        Label(mark.word, systemImage: mark.symbol).font(.caption).foregroundStyle(Style(scheme).muted)
    }
}
