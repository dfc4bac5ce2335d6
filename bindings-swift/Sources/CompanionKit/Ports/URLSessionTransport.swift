import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// HTTP by `URLSession`: one request and its whole answer, without redirects, cookies, cache or stored credentials.
public final class URLSessionTransport: Transport {
    private let session: URLSession

    /// - Parameter configuration: Where proxies and the like come from. What would keep or repeat something is switched off.
    public init(configuration: URLSessionConfiguration = .ephemeral) {
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        configuration.urlCredentialStorage = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        session = URLSession(configuration: configuration, delegate: RefusedRedirects(), delegateQueue: nil)
    }

    deinit {
        session.finishTasksAndInvalidate()
    }

    public func exchange(request: HttpRequest, timeout: TimeInterval) async throws -> HttpAnswer {
        guard let sent = URLRequest(request, timeout: timeout) else { throw TransportError.NotSent }
        do {
            return try await withThrowingTaskGroup(of: HttpAnswer?.self) { group in
                group.addTask { [session] in try await session.answer(to: sent) }
                // `URLRequest.timeoutInterval` begins anew with each byte that arrives; this one does not.
                group.addTask {
                    try await Task.sleep(for: .seconds(timeout))
                    return nil
                }
                defer { group.cancelAll() }
                guard let answer = try await group.next() ?? nil else { throw TransportError.Lost }
                return answer
            }
        } catch let error as URLError {
            throw TransportError(error.code)
        } catch {
            throw TransportError.Lost
        }
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

extension URLRequest {
    /// `nil` for an address that is none.
    fileprivate init?(_ request: HttpRequest, timeout: TimeInterval) {
        guard let url = URL(string: request.url) else { return nil }
        self.init(url: url, timeoutInterval: timeout)
        httpMethod = request.method.word
        httpBody = request.body.isEmpty ? nil : request.body
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

extension URLSession {
    fileprivate func answer(to request: URLRequest) async throws -> HttpAnswer {
        let (body, response) = try await data(for: request)
        guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        let headers = response.allHeaderFields.map { name, value in HttpHeader(name: "\(name)", value: "\(value)") }
        return HttpAnswer(status: UInt16(clamping: response.statusCode), headers: headers, body: body)
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
