// swift-tools-version: 6.0
import PackageDescription

// The Rust core comes as an XCFramework on Apple's systems and as a shared library on Linux, where only tests run. There
// `cargo xtask test swift` builds it and says where it is.
#if os(Linux)
    guard let folder = Context.environment["COMPANION_LIBRARY_DIR"] else {
        fatalError("COMPANION_LIBRARY_DIR names no folder with the Rust core; run: cargo xtask test swift")
    }
    let libraries = ["CompanionFFI", "CompanionTestingFFI"].map { Target.systemLibrary(name: $0) }
    let whereItIs = [LinkerSetting.unsafeFlags(["-L\(folder)", "-Xlinker", "-rpath=\(folder)"])]
#else
    let libraries = ["CompanionFFI", "CompanionTestingFFI"].map { name in
        Target.binaryTarget(name: name, path: "\(name).xcframework")
    }
    let whereItIs = [LinkerSetting]()
#endif

let package = Package(
    name: "companion-sdk",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [
        .library(name: "CompanionKit", targets: ["CompanionKit"]),
        .library(name: "CompanionTesting", targets: ["CompanionTesting"]),
    ],
    targets: libraries + [
        // Generated. Its asynchronous ports do not compile in Swift 6 mode (mozilla/uniffi-rs#2929).
        .target(
            name: "CompanionBindings", dependencies: ["CompanionFFI"],
            swiftSettings: [.swiftLanguageMode(.v5)], linkerSettings: whereItIs),
        .target(
            name: "CompanionKit", dependencies: ["CompanionBindings"],
            resources: [.copy("PrivacyInfo.xcprivacy")]),
        // For tests alone: the same core with a company in it. Generated and hand-written, as above.
        .target(
            name: "CompanionTestingBindings", dependencies: ["CompanionTestingFFI", "CompanionBindings"],
            swiftSettings: [.swiftLanguageMode(.v5)]),
        .target(name: "CompanionTesting", dependencies: ["CompanionTestingBindings", "CompanionKit"]),
        // Plays the scenarios of core/formats.
        .executableTarget(name: "ScenarioPhone", dependencies: ["CompanionTesting"]),
        .testTarget(name: "CompanionKitTests", dependencies: ["CompanionTesting"]),
    ]
)
