import CompanionSealer
import Foundation

/// An extension in a process of its own: keeps what it reads on its standard input, says `kept` and what a locked screen may
/// show, or why not. Then it names the libraries of ours that it holds.
///
///     SharingExtension CONTAINER READER
@main
struct SharingExtension {
    static func main() throws {
        let words = CommandLine.arguments
        let inbox = try InboxSealer.open(container: URL(filePath: words[1]))
        do {
            try inbox.append(reader: words[2], item: FileHandle.standardInput.readDataToEndOfFile())
            print("kept", try inbox.show())
        } catch let error as SealerError {
            print(error)
        }
        let maps = FileHandle(forReadingAtPath: "/proc/self/maps")?.readDataToEndOfFile() ?? Data()
        let paths = String(decoding: maps, as: UTF8.self).split(whereSeparator: { $0 == "/" || $0.isNewline })
        print(Set(paths.filter { $0.hasPrefix("libcompanion") }).sorted().joined(separator: " "))
    }
}
