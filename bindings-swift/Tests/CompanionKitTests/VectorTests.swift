import CompanionTesting
import Foundation
import Testing

/// The golden vectors of the formats, met by the library as it is loaded here. It brings them along: this runs on a phone
/// as it is.
@Suite struct VectorTests {
    @Test func everyVectorHolds() throws {
        let files = try goldenVectors()
        #expect(!files.isEmpty)
        for (name, text) in files {
            #expect(try checkVectors(name: name, text: text) > 0, "\(name) has no case")
        }
    }

    @Test(arguments: [
        (#""plain": "eA""#, #""plain": "eQ""#, "sealed_01/cases/1/plain", "another value comes out"),
        (#""sealed": "A"#, #""sealed": "B"#, "sealed_01/cases/0", "does not open"),
    ])
    func aChangedValueIsNamed(right: String, wrong: String, place: String, reason: String) throws {
        let text = try #require(goldenVectors()["sealed_01"])
        #expect(throws: TestError.Failed(what: place, why: reason)) {
            try checkVectors(name: "sealed_01", text: text.replacingOccurrences(of: right, with: wrong))
        }
    }

    @Test func aFileThatNobodyKnowsIsRefused() {
        #expect(throws: TestError.Failed(what: "sealed_09", why: "is no file of vectors")) {
            try checkVectors(name: "sealed_09", text: "{}")
        }
    }
}
