import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// HTTP by `URLSession`: one request and its whole answer, without redirects, cookies, cache or stored credentials.
public final class URLSessionTransport: Transport {
    private let session: URLSession

    /// - Parameter configuration: Where proxies and the like come from. What would keep or repeat something is switched off.
    public init(configuration: URLSessionConfiguration = .ephemeral) {
        configuration.keepNothing()
        session = URLSession(configuration: configuration, delegate: RefusedRedirects(), delegateQueue: nil)
    }

    deinit {
        session.finishTasksAndInvalidate()
    }

    public func exchange(request: HttpRequest, timeout: TimeInterval) async throws -> HttpAnswer {
        guard let sent = URLRequest(request, timeout: timeout) else { throw TransportError.NotSent }
        let (answers, answering) = AsyncThrowingStream<HttpAnswer, any Error>.makeStream()
        let task = session.dataTask(with: sent) { body, response, error in
            answering.yield(with: Result { try HttpAnswer(body: body, response: response, error: error) })
            answering.finish()
        }
        // Swift calls this while it holds a lock that whoever resumes the cancelled task needs, and cancelling a
        // `URLSessionTask` may wait for a queue on which tasks are resumed. So a thread that holds nothing does it.
        answering.onTermination = { ending in
            if case .cancelled = ending { DispatchQueue.global().async { task.cancel() } }
        }
        // `URLRequest.timeoutInterval` begins anew with each byte that arrives; this one does not.
        DispatchQueue.global().asyncAfter(deadline: .now() + timeout) { [weak task] in task?.cancel() }
        task.resume()
        do {
            for try await answer in answers { return answer }
        } catch let error as URLError {
            throw TransportError(error.code)
        } catch {
            throw TransportError.Lost
        }
        // A task that was cancelled sees the stream end.
        throw TransportError.Lost
    }
}

extension TransportError {
    /// What `URLSession` says about a request that brought no answer. Only a code that is given before the request itself
    /// is written means that it was not sent; every other one leaves a doubt.
    init(_ code: URLError.Code) {
        switch code {
        case .badURL, .unsupportedURL, .cannotFindHost, .dnsLookupFailed, .cannotConnectToHost,
            .notConnectedToInternet, .internationalRoamingOff, .callIsActive, .dataNotAllowed,
            .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
            .serverCertificateNotYetValid, .serverCertificateHasUnknownRoot,
            .appTransportSecurityRequiresSecureConnection:
            self = .NotSent
        default:
            self = .Lost
        }
    }
}

extension URLSessionConfiguration {
    /// Switches off what would keep or repeat something.
    func keepNothing() {
        httpCookieStorage = nil
        httpShouldSetCookies = false
        urlCache = nil
        urlCredentialStorage = nil
        requestCachePolicy = .reloadIgnoringLocalCacheData
    }
}

extension URLRequest {
    /// `nil` for an address that is none.
    fileprivate init?(_ request: HttpRequest, timeout: TimeInterval) {
        self.init(withoutBodyOf: request)
        timeoutInterval = timeout
        httpBody = request.body.isEmpty ? nil : request.body
    }

    /// `nil` for an address that is none.
    init?(withoutBodyOf request: HttpRequest) {
        guard let url = URL(string: request.url) else { return nil }
        self.init(url: url)
        httpMethod = request.method.word
        for header in request.headers {
            addValue(header.value, forHTTPHeaderField: header.name)
        }
    }
}

extension HttpMethod {
    fileprivate var word: String {
        switch self {
        case .get: "GET"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        }
    }
}

extension HttpAnswer {
    /// From what a `URLSessionTask` ends with.
    init(body: Data?, response: URLResponse?, error: (any Error)?) throws {
        if let error { throw error }
        guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        let headers = response.allHeaderFields.map { name, value in HttpHeader(name: "\(name)", value: "\(value)") }
        self.init(status: UInt16(clamping: response.statusCode), headers: headers, body: body ?? Data())
    }
}

/// Answers a redirect with the redirect itself: whom the core talks to is not for a server to decide.
private final class RefusedRedirects: NSObject, URLSessionTaskDelegate {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}
