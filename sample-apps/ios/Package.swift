// swift-tools-version: 6.0
import PackageDescription

// What the screens show. The app itself is described for Xcode in project.yml.
let package = Package(
    name: "companion-app",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [.library(name: "CompanionAppModels", targets: ["CompanionAppModels"])],
    dependencies: [.package(name: "companion-sdk", path: "../../bindings-swift")],
    targets: [
        .target(
            name: "CompanionAppModels", dependencies: [.product(name: "CompanionKit", package: "companion-sdk")]),
        .testTarget(
            name: "CompanionAppModelsTests",
            dependencies: ["CompanionAppModels", .product(name: "CompanionTesting", package: "companion-sdk")]),
    ]
)
