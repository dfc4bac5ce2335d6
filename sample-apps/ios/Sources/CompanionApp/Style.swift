import CompanionAppModels
import SwiftUI

/// The palette of the moment as SwiftUI's colours, and sizes.
@MainActor struct Style {
    let surface: Color
    let muted: Color
    let work: Color
    let ownBubble: Color
    let attention: Color
    let outline: Color

    /// The least height of what can be touched, in points.
    static let target: CGFloat = 44
    /// The least height of a row, in points.
    static let row: CGFloat = 72

    init(_ scheme: ColorScheme) {
        let palette: Palette = scheme == .dark ? .dark : .light
        surface = Color(hex: palette.surface)
        muted = Color(hex: palette.muted)
        work = Color(hex: palette.work)
        ownBubble = Color(hex: palette.ownBubble)
        attention = Color(hex: palette.attention)
        outline = Color(hex: palette.outline)
    }
}

extension Color {
    fileprivate init(hex: UInt32) {
        func part(_ shift: UInt32) -> Double { Double(hex >> shift & 0xFF) / 255 }
        self.init(red: part(16), green: part(8), blue: part(0))
    }
}
