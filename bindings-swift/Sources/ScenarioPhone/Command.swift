import CompanionTesting
import Foundation

/// Words that are no command. No scenario can expect this.
struct Misunderstood: Error {
    let what: String
}

/// One object of JSON: a command, or what stands in one.
struct Command {
    private let members: [String: Any]

    init(_ line: String) throws {
        let value = try? JSONSerialization.jsonObject(with: Data(line.utf8))
        guard let members = value as? [String: Any] else { throw Misunderstood(what: "the line") }
        self.members = members
    }

    private init(members: [String: Any]) {
        self.members = members
    }

    /// The member `name`, which must be there.
    func get<Value>(_ name: String, as _: Value.Type = Value.self) throws -> Value {
        guard let value = members[name] as? Value else { throw Misunderstood(what: name) }
        return value
    }

    /// The text `name`, if it is there.
    func optional(_ name: String) -> String? {
        members[name] as? String
    }

    /// The object `name`.
    func object(_ name: String) throws -> Command {
        Command(members: try get(name))
    }

    /// What the text `name` stands for.
    func choice<Value>(_ name: String, of values: [String: Value]) throws -> Value {
        guard let value = values[try get(name)] else { throw Misunderstood(what: name) }
        return value
    }
}

extension ConversationRef {
    init(_ command: Command) throws {
        self.init(
            channel: try command.get("channel"), account: try command.get("account"),
            conversation: try command.get("conversation"))
    }
}

extension OutboundContent {
    init(_ command: Command) throws {
        switch try command.get("kind", as: String.self) {
        case "text":
            self = .text(text: try command.get("text"), replyTo: command.optional("reply_to"))
        case "reaction":
            self = .reaction(target: try command.get("target"), emoji: try command.get("emoji"))
        case "template":
            let components = try command.get("components", as: [Any].self).map { component in
                try JSONSerialization.data(withJSONObject: component, options: .fragmentsAllowed)
            }
            self = .template(
                name: try command.get("name"), language: try command.get("language"),
                components: components.map { String(decoding: $0, as: UTF8.self) })
        case let kind:
            throw Misunderstood(what: kind)
        }
    }
}
