import CompanionAppModels
import CompanionTesting
import Foundation

/// The app in a process of its own: sends texts in the newest chat, says `queued` and waits for its end.
///
///     KilledPhone ROOT ENROLMENT KEYS CLOCK_MS TEXT...
@main
struct KilledPhone {
    @MainActor static func main() async throws {
        let words = CommandLine.arguments
        let keys = try TestKeyStore(folder: URL(filePath: words[3]))
        let client = try await openClient(
            options: OpenOptions(root: words[1], enrolment: words[2]),
            ports: Ports(transport: URLSessionTransport(), keys: keys, device: SystemDeviceFacts()),
            clock: TestClock(startMs: Int64(words[4]) ?? 0), kill: nil)
        guard let chat = try await client.inbox(page: Page()).items.first else { return }
        let wording = Wording(texts: Texts { $0 }, language: .ja)
        let model = ChatModel(client: client, chat: chat, wording: wording)
        for text in words.dropFirst(5) {
            model.draft = text
            await model.send()
        }
        guard model.notice == nil else { return }
        FileHandle.standardOutput.write(Data("queued\n".utf8))
        // It ends by itself only if the test is gone.
        _ = readLine()
    }
}
