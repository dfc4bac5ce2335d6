import CompanionAppModels
import Foundation
import Testing

@Suite struct TextsTests {
    @Test(arguments: ["ja", "en"])
    func everyTextIsInTheCatalogue(language: String) throws {
        let catalogue = try Catalogue.read()
        for key in TextKey.allCases {
            #expect(catalogue.text(key.rawValue, language) != nil, "\(key)")
        }
    }

    @Test func aTimeSaysAsMuchAsIsNeeded() throws {
        let read = ISO8601DateFormatter()
        func at(_ text: String) throws -> Date { try #require(read.date(from: text)) }
        let now = try at("2026-11-25T09:00:00+09:00")
        for (text, ja, en) in [
            ("2026-11-25T08:50:00+09:00", "8:50", "8:50"),
            ("2026-11-24T18:20:00+09:00", "昨日 18:20", "Yesterday 18:20"),
            ("2026-11-20T10:42:00+09:00", "11/20(金)", "Fri 20 Nov"),
            // Yesterday in UTC, today in Tokyo.
            ("2026-11-24T15:30:00Z", "0:30", "0:30"),
        ] {
            #expect(try Wording.tested(.ja, now: now).time(at(text)) == ja)
            #expect(try Wording.tested(.en, now: now).time(at(text)) == en)
        }
    }

    @Test func anErrorIsSaidWithItsIdAndNoBlame() throws {
        let wording = try Wording.tested(.ja)
        #expect(wording.said(CompanionError.Internal(incident: "a1"), waiting: 0) == "読み込めません。データは無事です(a1)。")
        #expect(wording.said(CompanionError.Offline, waiting: 3) == "オフライン・送信待ち3件")
        let reason = CompanionError.Unavailable(reason: "client.suspended")
        let said = try reasonText(code: "client.suspended", language: .ja).text
        #expect(wording.said(reason, waiting: 0) == said)
    }
}
