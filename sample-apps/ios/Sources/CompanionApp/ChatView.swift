import CompanionAppModels
import SwiftUI

/// Screen 5.
struct ChatView: View {
    let wording: Wording
    @State private var model: ChatModel
    @State private var asked: Waiting?
    @State private var isUnbinding = false
    @Environment(\.colorScheme) private var scheme

    init(_ model: ChatModel, wording: Wording) {
        self.wording = wording
        _model = State(wrappedValue: model)
    }

    var body: some View {
        List {
            Listing(shown: model.bubbles, wording: wording, retry: model.reload, more: model.loadMore) { bubble($0) }
            Button(wording.texts(.unbind)) { isUnbinding = true }.frame(minHeight: Style.target)
        }
        .navigationTitle(model.title)
        .safeAreaInset(edge: .bottom) { reply }
        .refreshable { await model.reload() }
        .task { await model.follow() }
        .sheet(item: $asked) { waiting in
            WaitingView(waiting: waiting, choices: waiting.choices, wording: wording) { choice in
                await model.act(choice, on: waiting)
            }
        }
        .alert(model.unbindQuestion, isPresented: $isUnbinding) {
            Button(wording.texts(.cancel)) {}
            Button(wording.texts(.unbind)) { Task { await model.unbind() } }
        } message: {
            Text(model.unbindStays)
        }
    }

    private func bubble(_ bubble: Bubble) -> some View {
        VStack(alignment: .leading, spacing: 4) {
            VStack(alignment: .leading, spacing: 4) {
                Text(bubble.heading).font(.caption)
                if !bubble.text.isEmpty { Text(bubble.text).font(.body).privacySensitive() }
                if let change = bubble.change { Text(change).font(.caption) }
                ForEach(bubble.earlier, id: \.self) { Text($0).font(.caption).privacySensitive() }
                if !bubble.reactions.isEmpty { Text(bubble.reactions) }
                if let mark = bubble.mark { MarkView(mark: mark) }
                if let recorded = bubble.recorded { MarkView(mark: recorded) }
            }
            .padding(12)
            .background {
                if bubble.isOwn { RoundedRectangle(cornerRadius: 16).fill(Style(scheme).ownBubble) }
            }
            .accessibilityElement(children: .ignore)
            .accessibilityLabel(bubble.spoken)
            if let waiting = bubble.waiting {
                Button(wording.texts(.decide)) { asked = waiting }
                    .frame(minWidth: Style.target, minHeight: Style.target)
            }
        }
        .frame(maxWidth: .infinity, alignment: bubble.isOwn ? .trailing : .leading)
    }

    @ViewBuilder private var reply: some View {
        VStack(alignment: .leading, spacing: 4) {
            if let notice = model.notice { Notice(text: notice) }
            if let readOnly = model.readOnly {
                Notice(text: readOnly)
            } else {
                Label(model.composer, systemImage: Segment.work.symbol).font(.caption)
                HStack(alignment: .bottom, spacing: 8) {
                    TextField(model.composer, text: $model.draft, axis: .vertical).frame(minHeight: Style.target)
                    Button(wording.texts(.send)) { Task { await model.send() } }
                        .frame(minWidth: Style.target, minHeight: Style.target)
                }
            }
        }
        .padding(12)
        .background { Rectangle().fill(Style(scheme).surface) }
    }
}
