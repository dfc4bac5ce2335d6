import Foundation

/// The folder of all enrolments on this phone.
public enum WorkFolder {
    /// Makes the folder, if it is not there yet, so that no backup takes it along and its files can be used from the first
    /// unlock on.
    ///
    /// - Parameter parent: Where it lies; by default where the system keeps the files that an app makes for itself.
    /// - Returns: Its path, for ``OpenOptions``.
    public static func prepare(in parent: URL? = nil) throws -> FolderPath {
        let files = FileManager.default
        let home =
            try parent
            ?? files.url(for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
        return try prepare(home)
    }

    /// Makes the folder that one enrolment shares with the app's extensions, where they find it by `InboxSealer.open(container:)`.
    ///
    /// - Parameter container: That of the app group, as `FileManager.containerURL(forSecurityApplicationGroupIdentifier:)` answers.
    /// - Returns: Its path, for the `shared` of ``OpenOptions``.
    public static func prepareShared(in container: URL) throws -> FolderPath {
        try prepare(container)
    }

    private static func prepare(_ home: URL) throws -> FolderPath {
        let files = FileManager.default
        let folder = home.appending(path: "Companion", directoryHint: .isDirectory)
        #if os(Linux)
            try files.createDirectory(at: folder, withIntermediateDirectories: true)
        #else
            try files.createDirectory(
                at: folder, withIntermediateDirectories: true,
                attributes: [.protectionKey: FileProtectionType.completeUntilFirstUserAuthentication])
            var kept = folder
            var values = URLResourceValues()
            values.isExcludedFromBackup = true
            try kept.setResourceValues(values)
        #endif
        return folder.path(percentEncoded: false)
    }
}
