import SwiftUI

/// The app's colours. Each text has a contrast of at least 4.5:1 on its ground; no colour stands alone for something.
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
        let isDark = scheme == .dark
        surface = Color(hex: isDark ? 0x131318 : 0xFDFBFF)
        muted = Color(hex: isDark ? 0xB4B2BD : 0x5B5B66)
        work = Color(hex: isDark ? 0xA9C7FF : 0x0B57A4)
        ownBubble = Color(hex: isDark ? 0x17406F : 0xD6E6FA)
        attention = Color(hex: isDark ? 0xFFB871 : 0x8A4B00)
        outline = Color(hex: isDark ? 0x8F8F9A : 0x767680)
    }
}

extension Color {
    fileprivate init(hex: UInt32) {
        func part(_ shift: UInt32) -> Double { Double(hex >> shift & 0xFF) / 255 }
        self.init(red: part(16), green: part(8), blue: part(0))
    }
}
