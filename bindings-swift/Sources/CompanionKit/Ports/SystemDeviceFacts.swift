import Foundation

/// Facts about this phone, from the system.
public final class SystemDeviceFacts: DeviceFacts {
    private let probe: URL

    /// - Parameter folder: Where a small file may lie that can be read from the first unlock on; by default, where the
    ///   system keeps the app's caches.
    public init(folder: URL? = nil) {
        let caches = FileManager.default.urls(for: .cachesDirectory, in: .userDomainMask).first
        probe = (folder ?? caches ?? FileManager.default.temporaryDirectory).appending(path: "companion-first-unlock")
    }

    public func bootId() throws -> String {
        #if canImport(Darwin)
            try systemValue("kern.bootsessionuuid")
        #else
            try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        #endif
    }

    /// Whether a file of the class that the first unlock opens can be read. What `UIApplication` tells is about the class
    /// that each lock closes.
    public func protectedDataAvailable() throws -> Bool {
        if (try? Data(contentsOf: probe)) != nil { return true }
        return (try? Data().write(to: probe, options: .untilFirstUnlock)) != nil
    }

    public func versions() throws -> String {
        let app = Bundle.main.infoDictionary ?? [:]
        let name = Bundle.main.bundleIdentifier ?? ProcessInfo.processInfo.processName
        let version = app["CFBundleShortVersionString"] ?? "0"
        let build = app["CFBundleVersion"] ?? "0"
        return "\(ProcessInfo.processInfo.operatingSystemVersionString); \(name) \(version) (\(build))"
    }
}

extension Data.WritingOptions {
    fileprivate static var untilFirstUnlock: Self {
        #if os(Linux)
            []
        #else
            .completeFileProtectionUntilFirstUserAuthentication
        #endif
    }
}

#if canImport(Darwin)
    import Darwin

    private func systemValue(_ name: String) throws -> String {
        var size = 0
        guard sysctlbyname(name, nil, &size, nil, 0) == 0 else { throw DeviceFactsError.Unknown }
        var bytes = [UInt8](repeating: 0, count: size)
        guard sysctlbyname(name, &bytes, &size, nil, 0) == 0 else { throw DeviceFactsError.Unknown }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
#endif
