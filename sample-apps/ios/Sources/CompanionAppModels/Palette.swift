/// The app's colours, as red, green and blue in one number. No colour stands alone for something.
public struct Palette: Sendable {
    /// Behind everything.
    public let surface: UInt32
    /// Less important text.
    public let muted: UInt32
    /// What belongs to work, and what can be touched.
    public let work: UInt32
    /// Behind an own message.
    public let ownBubble: UInt32
    /// What needs to be seen.
    public let attention: UInt32
    /// Edges.
    public let outline: UInt32

    /// By day.
    public static let light = Palette(
        surface: 0xFDFBFF, muted: 0x5B5B66, work: 0x0B57A4, ownBubble: 0xD6E6FA, attention: 0x8A4B00, outline: 0x767680)
    /// In the dark.
    public static let dark = Palette(
        surface: 0x131318, muted: 0xB4B2BD, work: 0xA9C7FF, ownBubble: 0x17406F, attention: 0xFFB871, outline: 0x8F8F9A)
}
