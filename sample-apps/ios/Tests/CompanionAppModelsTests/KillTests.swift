// An app on a phone starts no process.
#if os(Linux)
    import CompanionAppModels
    import CompanionTesting
    import Foundation
    import Testing

    @MainActor @Suite struct KillTests {
        @Test func check12WhatIsSentOfflineKeepsItsOrderOverAKill() async throws {
            let day = try await Workday()
            try await day.company.network(online: false)
            try await day.client.close()
            let texts = ["一", "二", "三"]
            try await sendAndKill(texts, on: day)

            let client = try await day.phone.open()
            let chat = ChatModel(client: client, chat: day.conversation, wording: try .tested(.ja))
            await chat.reload()
            #expect(chat.bubbles.rows.suffix(3).map(\.text) == texts)
            #expect(chat.bubbles.rows.suffix(3).map(\.mark?.word) == ["送信待ち", "送信待ち", "送信待ち"])

            try await day.company.network(online: true)
            while try await !client.queue(page: Page()).items.isEmpty { _ = try? await client.syncOnce() }
            let sent = try await day.company.sentMessages()
            #expect(sent.map { message in texts.first { message.contains($0) } } == texts)
            try await client.close()
            try await day.company.stop()
        }

        /// Lets the app in another process send `texts`, and ends it by SIGKILL once it says that it did.
        private func sendAndKill(_ texts: [String], on day: Workday) async throws {
            let here = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let app = Process()
            app.executableURL = URL(filePath: here).deletingLastPathComponent().appending(path: "KilledPhone")
            let (root, enrolment) = (day.phone.options.root, day.phone.options.enrolment)
            let now = try day.company.clock.nowMs()
            app.arguments = [root, enrolment, root + "/keys", "\(now)"] + texts
            let (input, output) = (Pipe(), Pipe())
            app.standardInput = input
            app.standardOutput = output
            try app.run()
            let said = await Task.detached { output.fileHandleForReading.availableData }.value
            #expect(String(decoding: said, as: UTF8.self) == "queued\n")
            kill(app.processIdentifier, SIGKILL)
            app.waitUntilExit()
            #expect(app.terminationReason == .uncaughtSignal && app.terminationStatus == SIGKILL)
        }
    }
#endif
