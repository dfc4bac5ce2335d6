@_exported import CompanionSealerBindings
import Foundation

extension InboxSealer {
    /// The sealer for the folder that the app made with its `WorkFolder.prepareShared(in:)`.
    ///
    /// - Parameter container: That of the app group, as `FileManager.containerURL(forSecurityApplicationGroupIdentifier:)`
    ///   answers in the app and in its extensions.
    public static func open(container: URL) throws -> InboxSealer {
        let folder = container.appending(path: "Companion", directoryHint: .isDirectory)
        return try InboxSealer.open(shared: folder.path(percentEncoded: false))
    }
}
