import CompanionTesting
import Foundation

/// A phone in a process of its own, told what to do by lines of JSON: `core/formats/scenarios/README.md` says how it is
/// started and what it answers. Nothing is decided here.
@main
struct ScenarioPhone {
    static func main() async throws {
        let arguments = try Arguments(CommandLine.arguments.dropFirst())
        let clock = try TestClock.still(startMs: arguments.number("--clock-ms"))
        let client: CompanionClient
        do {
            client = try await open(arguments, clock: clock)
        } catch let error as CompanionError {
            say(try line(["error": error.told]))
            exit(1)
        }
        let phone = try Phone(client: client, clock: clock, root: arguments.text("--root"))
        say(try line(["ok": "open"]))
        while let command = readLine() {
            say(try await phone.answer(to: command))
        }
        try? await client.close()
    }

    /// Opens the enrolment, after joining the company if there is none.
    private static func open(_ arguments: Arguments, clock: TestClock) async throws -> CompanionClient {
        let keystore = try URL(filePath: arguments.text("--keystore"))
        let options = try OpenOptions(root: arguments.text("--root"), enrolment: arguments.text("--enrolment"))
        let ports = Ports(
            transport: URLSessionTransport(), keys: try TestKeyStore(folder: keystore), device: SystemDeviceFacts())
        let kill = arguments.optional("--kill")
        do {
            return try await openClient(options: options, ports: ports, clock: clock, kill: kill)
        } catch CompanionError.NotEnrolled {
            let invitation = try Invitation(
                gateway: arguments.text("--gateway"),
                company: String(contentsOfFile: arguments.text("--tenant"), encoding: .utf8),
                grants: arguments.text("--grants"))
            try await joinCompany(options: options, ports: ports, invitation: invitation, clock: clock)
            return try await openClient(options: options, ports: ports, clock: clock, kill: kill)
        }
    }

    private static func say(_ line: Data) {
        FileHandle.standardOutput.write(line)
    }
}

/// What stands on the command line: names, each with its value.
private struct Arguments {
    private var values: [String: String] = [:]

    init(_ words: ArraySlice<String>) throws {
        var rest = words
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Misunderstood(what: name) }
            values[name] = value
        }
    }

    func optional(_ name: String) -> String? {
        values[name]
    }

    func text(_ name: String) throws -> String {
        guard let value = values[name] else { throw Misunderstood(what: name) }
        return value
    }

    func number(_ name: String) throws -> Int64 {
        guard let number = try Int64(text(name)) else { throw Misunderstood(what: name) }
        return number
    }
}
