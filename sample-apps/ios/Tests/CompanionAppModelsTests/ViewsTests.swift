import CompanionAppModels
import Foundation
import Testing

/// What can be said of the views without a screen: by their sources and colours.
@Suite struct ViewsTests {
    @Test func check8TextCanBeReadByDayAndInTheDark() {
        for palette in [Palette.light, .dark] {
            for text in [palette.muted, palette.work, palette.attention] {
                #expect(contrast(text, palette.surface) >= 4.5)
            }
            #expect(contrast(palette.muted, palette.ownBubble) >= 4.5)
            #expect(contrast(palette.outline, palette.surface) >= 3)
        }
        #expect(contrast(Palette.light.surface, Palette.dark.surface) > 15)
    }

    @Test func check9NoViewKeepsTextFromGrowing() throws {
        for view in try Views.read() {
            for word in ["lineLimit", "minimumScaleFactor", "fixedSize", ".system(size:", "maxHeight:", "height: "] {
                let cut = view.code.replacing("minHeight: ", with: "").contains(word)
                #expect(!cut, "\(view.name): \(word)")
            }
        }
    }

    @Test func check10SidesAreNamedByTheDirectionOfReading() throws {
        for view in try Views.read() {
            for word in [" .left", " .right", "layoutDirection", ".offset("] {
                #expect(!view.code.contains(word), "\(view.name): \(word)")
            }
        }
    }

    @Test func check10ANameFromTheRightKeepsToItself() throws {
        let texts = try Wording.tested(.en).texts
        let name = "\u{645}\u{646}\u{649}"
        #expect(texts(.composer, name) == "To \u{2068}\(name)\u{2069} (company records)")
        #expect(texts(.composer, "Yamada") == "To Yamada (company records)")
    }

    @Test func check16NothingCanBeWrittenInAnUndecidedChat() throws {
        let bind = try #require(try Views.read().first { $0.name == "BindView.swift" })
        #expect(!bind.code.contains("TextField") && !bind.code.contains("ChatLink"))
    }

    /// As WCAG 2.2 defines it.
    private func contrast(_ one: UInt32, _ other: UInt32) -> Double {
        let both = [luminance(one), luminance(other)].sorted()
        return (both[1] + 0.05) / (both[0] + 0.05)
    }

    private func luminance(_ color: UInt32) -> Double {
        func part(_ shift: UInt32) -> Double {
            let value = Double(color >> shift & 0xFF) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
    }
}

/// The sources of the views.
private struct Views {
    let name: String
    let code: String

    static func read() throws -> [Views] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/CompanionApp")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let views = try files.filter { $0.pathExtension == "swift" }.map { file in
            Views(name: file.lastPathComponent, code: try String(contentsOf: file, encoding: .utf8))
        }
        try #require(views.count > 5)
        return views
    }
}
