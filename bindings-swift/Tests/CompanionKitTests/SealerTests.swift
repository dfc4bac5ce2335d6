// An app on a phone starts no process.
#if os(Linux)
    import CompanionTesting
    import Foundation
    import Testing

    @Suite struct SealerTests {
        @Test func whatAnExtensionKeepsIsThereAtTheNextOpeningOnceAndInOrder() async throws {
            let day = try await Workday()
            try await day.client.close()
            for (id, text) in [("1", "一"), ("2", "二"), ("1", "一"), ("3", "三")] {
                let said = try day.extensionKeeps(body(id: id, text: text))
                #expect(said == ["kept none", "libcompanion_ffi_sealer.so"])
            }
            let client = try await day.phone.open()
            let page = try await client.messages(query: MessageQuery(conversation: day.conversation.key))
            #expect(page.messages.map(\.content?.text) == ["三", "二", "一", "見積もりをお願いします"])
            try await client.close()
            try await day.company.stop()
        }

        @Test func whatComesWhileTheAppIsOpenIsTakenInBySynchronisingAndByResuming() async throws {
            let day = try await Workday()
            _ = try day.extensionKeeps(body(id: "1", text: "一"))
            _ = try await day.client.syncOnce()
            #expect(try await texts(day) == ["一", "見積もりをお願いします"])
            try await day.client.suspend()
            _ = try day.extensionKeeps(body(id: "2", text: "二"))
            try await day.client.resume()
            #expect(try await texts(day) == ["二", "一", "見積もりをお願いします"])
            try await day.end()
        }

        @Test func whereNobodyIsEnrolledAnExtensionIsToldSo() throws {
            let container = FileManager.default.temporaryDirectory.appending(path: "companion-\(UUID())")
            try FileManager.default.createDirectory(at: container, withIntermediateDirectories: true)
            #expect(try keep(Data(), in: container).first == "NotEnrolled")
            try FileManager.default.removeItem(at: container)
        }

        private func texts(_ day: Workday) async throws -> [String?] {
            let query = MessageQuery(conversation: day.conversation.key)
            return try await day.client.messages(query: query).messages.map(\.content?.text)
        }

        /// What WhatsApp would tell of a customer's text.
        private func body(id: String, text: String) -> Data {
            let customer = "819011112222"
            let contact = #"{"profile":{"name":"Yamada"},"wa_id":"\#(customer)"}"#
            let text = #""type":"text","text":{"body":"\#(text)"}"#
            let message = #"{"from":"\#(customer)","id":"wamid.\#(id)","timestamp":"1767323045",\#(text)}"#
            let metadata = #"{"display_phone_number":"815012345678","phone_number_id":"\#(TestCompany.account)"}"#
            let parts = #""metadata":\#(metadata),"contacts":[\#(contact)],"messages":[\#(message)]"#
            let value = #"{"messaging_product":"whatsapp",\#(parts)}"#
            let change = #"{"field":"messages","value":\#(value)}"#
            let entry = #"{"id":"102290129340398","changes":[\#(change)]}"#
            return Data(#"{"object":"whatsapp_business_account","entry":[\#(entry)]}"#.utf8)
        }
    }

    extension Workday {
        fileprivate func extensionKeeps(_ item: Data) throws -> [String] {
            try keep(item, in: phone.container)
        }
    }

    /// What the extension's process says, line by line.
    private func keep(_ item: Data, in container: URL) throws -> [String] {
        let here = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let process = Process()
        process.executableURL = URL(filePath: here).deletingLastPathComponent().appending(path: "SharingExtension")
        process.arguments = [container.path(percentEncoded: false), "whatsapp_cloud"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: item)
        try input.fileHandleForWriting.close()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: said, as: UTF8.self).split(separator: "\n").map(String.init)
    }
#endif
