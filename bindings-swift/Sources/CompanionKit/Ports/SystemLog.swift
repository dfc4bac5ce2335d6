#if canImport(os)
    import os

    /// The core's log in the system's: `try setLogSink(level: .info, sink: SystemLog(subsystem: "…"))`. Its lines hold no
    /// personal text, so they are public there.
    public final class SystemLog: LogSink {
        private let subsystem: String

        /// - Parameter subsystem: Under which the lines are found, such as the app's bundle identifier.
        public init(subsystem: String) {
            self.subsystem = subsystem
        }

        public func write(line: LogLine) throws {
            let logger = Logger(subsystem: subsystem, category: line.target)
            logger.log(level: line.level.type, "\(line.text, privacy: .public)")
        }
    }

    extension LogLevel {
        fileprivate var type: OSLogType {
            switch self {
            case .error: .error
            case .warn: .default
            case .info: .info
            case .debug: .debug
            }
        }
    }
#endif
