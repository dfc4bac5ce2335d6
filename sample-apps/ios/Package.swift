// swift-tools-version: 6.0
import PackageDescription

let tested: [Target.Dependency] = [
    "CompanionAppModels", .product(name: "CompanionTesting", package: "companion-sdk"),
]
#if os(Linux)
    // A phone in a process that a test kills; an app on a phone starts none.
    let killed = [Target.executableTarget(name: "KilledPhone", dependencies: tested, path: "Tests/KilledPhone")]
#else
    let killed = [Target]()
#endif

// What the screens show. The app itself is described for Xcode in project.yml.
let package = Package(
    name: "companion-app",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [.library(name: "CompanionAppModels", targets: ["CompanionAppModels"])],
    dependencies: [.package(name: "companion-sdk", path: "../../bindings-swift")],
    targets: [
        .target(
            name: "CompanionAppModels", dependencies: [.product(name: "CompanionKit", package: "companion-sdk")]),
        .testTarget(name: "CompanionAppModelsTests", dependencies: tested),
    ] + killed
)
