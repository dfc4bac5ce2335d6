// The sockets are spelled as they are on Linux.
#if os(Linux)
    import Foundation

    /// A server on loopback that reads one request after another and does with each what it is told.
    final class LocalServer: Sendable {
        /// What to do with a request: bytes to answer before the connection is closed, or nothing at all.
        enum Behaviour: Sendable {
            case answer(String)
            case silence
        }

        let url: String
        private let listener: Int32
        private let requests = Collected()

        /// - Parameter behaviours: One for each connection, in order.
        convenience init(_ behaviours: Behaviour...) throws {
            try self.init(behaviours)
        }

        init(_ behaviours: [Behaviour]) throws {
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let bound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    bind(listener, pointer, size) == 0 && listen(listener, 8) == 0
                        && getsockname(listener, pointer, &size) == 0
                }
            }
            guard bound else { throw POSIXError(.EADDRNOTAVAIL) }
            url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
            self.listener = listener
            Thread.detachNewThread { [listener, requests] in
                var open: [Int32] = []
                for behaviour in behaviours {
                    let connection = accept(listener, nil, nil)
                    guard connection >= 0 else { break }
                    requests.append(read(connection))
                    switch behaviour {
                    case .answer(let bytes):
                        _ = bytes.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
                        close(connection)
                    case .silence:
                        open.append(connection)
                    }
                }
                requests.waitForEnd()
                for connection in open { close(connection) }
                // Here alone: a number that is free while this thread may still accept on it becomes another server's.
                close(listener)
            }
        }

        deinit {
            shutdown(listener, Int32(SHUT_RDWR))
            requests.end()
        }

        /// What arrived so far, one text for each connection.
        var received: [String] { requests.all }
    }

    /// Reads a request with its body.
    private func read(_ connection: Int32) -> String {
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return text }
            text += String(decoding: buffer[..<count], as: UTF8.self)
            let parts = text.components(separatedBy: "\r\n\r\n")
            guard parts.count > 1 else { continue }
            let line = parts[0].lowercased().components(separatedBy: "\r\n").first { $0.hasPrefix("content-length:") }
            let length = line.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
            if parts[1].utf8.count >= length { return text }
        }
    }

    private final class Collected: @unchecked Sendable {
        private let condition = NSCondition()
        private var texts: [String] = []
        private var ended = false

        var all: [String] { condition.withLock { texts } }

        func append(_ text: String) {
            condition.withLock { texts.append(text) }
        }

        func end() {
            condition.withLock {
                ended = true
                condition.broadcast()
            }
        }

        func waitForEnd() {
            condition.withLock {
                while !ended { condition.wait() }
            }
        }
    }
#endif
