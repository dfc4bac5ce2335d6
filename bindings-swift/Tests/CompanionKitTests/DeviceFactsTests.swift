import CompanionKit
import Foundation
import Testing

@Suite struct DeviceFactsTests {
    @Test func theBootIdStaysWhileThePhoneRuns() throws {
        let id = try SystemDeviceFacts().bootId()
        #expect(UUID(uuidString: id) != nil)
        #expect(try SystemDeviceFacts().bootId() == id)
    }

    @Test func protectedDataIsThereWhereAFileCanBeRead() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        let facts = SystemDeviceFacts(folder: folder)
        #expect(try !facts.protectedDataAvailable(), "a folder that is not there stands for one that is locked")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        #expect(try facts.protectedDataAvailable())
        #expect(try facts.protectedDataAvailable())
    }

    @Test func versionsNameTheSystem() throws {
        #expect(try SystemDeviceFacts().versions().hasPrefix(ProcessInfo.processInfo.operatingSystemVersionString))
    }
}
