/// A company on a working day, and one of its phones: the employee accepted the company's number, and the chat of the
/// customer who wrote is work.
public struct Workday: Sendable {
    /// The company.
    public let company: TestCompany
    /// The employee's phone.
    public let phone: TestPhone
    /// Its open client.
    public let client: CompanionClient
    /// The customer's chat. `見積もりをお願いします` stands in it, unread.
    public let conversation: Conversation

    /// The chat did not come.
    private struct NothingCame: Error {}

    /// Lets the day begin.
    ///
    /// - Parameter transport: What the phone speaks to the gateway with.
    public init(transport: any Transport = URLSessionTransport()) async throws {
        company = try await TestCompany()
        phone = try await company.join(transport: transport)
        client = try await phone.open()
        try await client.registerAccount(request: AccountRequest(channel: "whatsapp", account: TestCompany.account))
        try await company.customerWrites("見積もりをお願いします")
        _ = try await client.syncOnce()
        guard let waiting = try await client.undecided(page: Page()).items.first else { throw NothingCame() }
        _ = try await client.bind(request: BindRequest(conversation: waiting.conversation, to: .work))
        guard let work = try await client.inbox(page: Page()).items.first else { throw NothingCame() }
        conversation = work
    }

    /// Queues an answer to the customer.
    public func send(_ text: String) async throws -> SendTicket {
        let content = OutboundContent.text(text: text, replyTo: nil)
        return try await client.send(draft: Draft(conversation: conversation.key, content: content))
    }

    /// Synchronises until the queue is as `isThere` wants it.
    public func synchronise(until isThere: @Sendable ([QueueEntry]) -> Bool) async throws {
        repeat { _ = try await client.syncOnce() } while try await !isThere(client.queue(page: Page()).items)
    }

    /// Synchronises until the CRM has every record and the phone knows.
    public func recorded() async throws {
        while try client.state().undelivered > 0 { _ = try await client.syncOnce() }
    }

    /// Closes the client, and the company with it.
    public func end() async throws {
        try await client.close()
        try await company.stop()
    }
}
