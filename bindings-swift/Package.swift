// swift-tools-version: 6.0
import PackageDescription

// Only an app's tests get CompanionTesting. It comes with a core of its own, in the place of the one that ships.
let isForTests = Context.environment["COMPANION_TESTING"] != nil

// The Rust core comes as an XCFramework on Apple's systems and as a shared library on Linux, where only tests run. There
// `cargo xtask test swift` builds it and says where it is.
#if os(Linux)
    guard let folder = Context.environment["COMPANION_LIBRARY_DIR"] else {
        fatalError("COMPANION_LIBRARY_DIR names no folder with the Rust core; run: cargo xtask test swift")
    }
    let core = Target.systemLibrary(name: "CompanionFFI")
    let sealerCore = Target.systemLibrary(name: "CompanionSealerFFI")
    let testingCore = [Target.systemLibrary(name: "CompanionTestingFFI")]
    let whereItIs = [LinkerSetting.unsafeFlags(["-L\(folder)", "-Xlinker", "-rpath=\(folder)"])]
#else
    // The one for tests holds both C modules.
    let core = Target.binaryTarget(
        name: "CompanionFFI", path: (isForTests ? "Testing/" : "") + "CompanionFFI.xcframework")
    let sealerCore = Target.binaryTarget(name: "CompanionSealerFFI", path: "CompanionSealerFFI.xcframework")
    let testingCore = [Target]()
    let whereItIs = [LinkerSetting]()
#endif

let package = Package(
    name: "companion-sdk",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [
        .library(name: "CompanionKit", targets: ["CompanionKit"]),
        // For push and share extensions, which have no room for the other; never both in one target.
        .library(name: "CompanionSealer", targets: ["CompanionSealer"]),
    ],
    targets: [
        core, sealerCore,
        // Generated. Its asynchronous ports do not compile in Swift 6 mode (mozilla/uniffi-rs#2929).
        .target(
            name: "CompanionBindings", dependencies: ["CompanionFFI"],
            swiftSettings: [.swiftLanguageMode(.v5)], linkerSettings: whereItIs),
        .target(
            name: "CompanionKit", dependencies: ["CompanionBindings"],
            resources: [.copy("PrivacyInfo.xcprivacy")]),
        .target(
            name: "CompanionSealerBindings", dependencies: ["CompanionSealerFFI"],
            swiftSettings: [.swiftLanguageMode(.v5)], linkerSettings: whereItIs),
        .target(name: "CompanionSealer", dependencies: ["CompanionSealerBindings"]),
    ]
)

if isForTests {
    package.products.append(.library(name: "CompanionTesting", targets: ["CompanionTesting"]))
    package.targets += testingCore
    package.targets += [
        // The same core with a company in it. Generated and hand-written, as above.
        .target(
            name: "CompanionTestingBindings",
            dependencies: testingCore.map { .target(name: $0.name) } + ["CompanionBindings"],
            swiftSettings: [.swiftLanguageMode(.v5)]),
        .target(name: "CompanionTesting", dependencies: ["CompanionTestingBindings", "CompanionKit"]),
        // Plays the scenarios of core/formats.
        .executableTarget(name: "ScenarioPhone", dependencies: ["CompanionTesting"]),
        // An extension, which a test starts.
        .executableTarget(name: "SharingExtension", dependencies: ["CompanionSealer"]),
        .testTarget(name: "CompanionKitTests", dependencies: ["CompanionTesting"]),
    ]
}
