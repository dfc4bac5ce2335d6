#if os(Linux) && compiler(<6.2)
    // The Observation library of these toolchains refers to this symbol and does not bring it (swiftlang/swift#75670).
    @_cdecl("_ZN5swift9threading5fatalEPKcz")
    func observationFailed() -> Never { fatalError("Observation met a failing lock") }
#endif
