import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Transfers of whole files that the system goes on with while the app does not run. One that ends meanwhile is told in the app's
/// next process, so create it anew, with the same identifier, at each launch.
///
/// Apple's background sessions follow redirects without asking: give it addresses of the company's own gateway alone.
public final class BackgroundTransfers: NSObject, @unchecked Sendable {
    /// How a transfer ended.
    public enum Outcome: Sendable {
        /// The server answered; the body of an answer to a download lies in its file.
        case answered(HttpAnswer)
        /// It surely did not reach the server.
        case notSent
        /// It may have reached the server.
        case lost
    }

    /// A request that is no URL.
    public struct InvalidRequest: Error {}

    private let finished: @Sendable (_ id: String, Outcome) -> Void
    // What a delegate learns comes on the session's one queue; the lock is for whoever asks.
    private let lock = NSLock()
    private var bodies: [Int: Data] = [:]
    private var lost: Set<Int> = []
    private var whenIdle: (@Sendable () -> Void)?
    private var session: URLSession?

    /// - Parameters:
    ///   - configuration: On a phone `URLSessionConfiguration.background(withIdentifier:)`.
    ///   - finished: Hears of each end once, on a queue of its own: the transfer's id and its outcome.
    public init(
        configuration: URLSessionConfiguration, finished: @escaping @Sendable (_ id: String, Outcome) -> Void
    ) {
        self.finished = finished
        super.init()
        configuration.keepNothing()
        session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
    }

    /// Sends a file as the body of a request. The file has to stay until the end.
    ///
    /// - Parameters:
    ///   - id: Under which the end is told.
    ///   - file: What is sent, already sealed.
    ///   - request: Where to; its own body is not sent.
    public func upload(id: String, file: URL, request: HttpRequest) throws {
        let task = try session?.uploadTask(with: urlRequest(request), fromFile: file)
        begin(task, Label(id: id, file: nil))
    }

    /// Reads an answer into a file, which is replaced once all of it is there.
    ///
    /// - Parameters:
    ///   - id: Under which the end is told.
    ///   - file: Where the body of the answer goes.
    ///   - request: What is asked for.
    public func download(id: String, file: URL, request: HttpRequest) throws {
        let task = try session?.downloadTask(with: urlRequest(request))
        begin(task, Label(id: id, file: file))
    }

    /// The ids of the transfers that have not ended, those of earlier processes among them.
    public func underWay() async -> [String] {
        guard let session else { return [] }
        return await withCheckedContinuation { answer in
            session.getAllTasks { tasks in answer.resume(returning: tasks.compactMap { Label(of: $0)?.id }) }
        }
    }

    /// Calls `done` once all that ended while the app did not run is told: give it the completion handler of
    /// `application(_:handleEventsForBackgroundURLSession:completionHandler:)`.
    public func afterEvents(_ done: @escaping @Sendable () -> Void) {
        lock.withLock { whenIdle = done }
    }

    /// Ends with the transfers that are under way.
    public func finish() {
        session?.finishTasksAndInvalidate()
    }

    private func begin(_ task: URLSessionTask?, _ label: Label) {
        task?.taskDescription = label.text
        task?.resume()
    }

    private func urlRequest(_ request: HttpRequest) throws -> URLRequest {
        guard let made = URLRequest(withoutBodyOf: request) else { throw InvalidRequest() }
        return made
    }
}

/// What the system keeps with a task from one process to the next.
private struct Label: Codable {
    let id: String
    let file: URL?

    init(id: String, file: URL?) {
        self.id = id
        self.file = file
    }

    init?(of task: URLSessionTask) {
        guard let text = task.taskDescription,
            let label = try? JSONDecoder().decode(Label.self, from: Data(text.utf8))
        else { return nil }
        self = label
    }

    var text: String? {
        (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension BackgroundTransfers: URLSessionDataDelegate, URLSessionDownloadDelegate {
    public func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        lock.withLock { bodies[dataTask.taskIdentifier, default: Data()] += data }
    }

    public func urlSession(
        _ session: URLSession, downloadTask: URLSessionDownloadTask, didFinishDownloadingTo location: URL
    ) {
        guard let file = Label(of: downloadTask)?.file else { return }
        do {
            // Beside its place first: a kill leaves the old file or the new one.
            let new = file.appendingPathExtension("new")
            try? FileManager.default.removeItem(at: new)
            try FileManager.default.moveItem(at: location, to: new)
            guard rename(new.path, file.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            lock.withLock { _ = lost.insert(downloadTask.taskIdentifier) }
        }
    }

    public func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let (body, isLost) = lock.withLock {
            (bodies.removeValue(forKey: task.taskIdentifier), lost.remove(task.taskIdentifier) != nil)
        }
        guard let label = Label(of: task) else { return }
        if isLost { return finished(label.id, .lost) }
        do {
            finished(label.id, .answered(try HttpAnswer(body: body, response: task.response, error: error)))
        } catch let error as URLError {
            finished(label.id, TransportError(error.code) == .NotSent ? .notSent : .lost)
        } catch {
            finished(label.id, .lost)
        }
    }

    public func urlSessionDidFinishEvents(forBackgroundURLSession session: URLSession) {
        let done = lock.withLock {
            defer { whenIdle = nil }
            return whenIdle
        }
        // UIKit wants its handler called where it gave it.
        DispatchQueue.main.async { done?() }
    }
}
