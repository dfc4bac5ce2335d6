import Observation

/// Screen 11, the part of it that the core has: facts about this phone's enrolment.
@MainActor @Observable
public final class SettingsModel {
    /// A fact.
    public struct Row: Identifiable, Hashable, Sendable {
        /// Its name.
        public let id: TextKey
        /// Its value.
        public let value: String
    }

    /// The facts.
    public private(set) var rows: [Row] = []
    /// Why there are none.
    public private(set) var problem: String?

    @ObservationIgnored private let client: any CompanionClientProtocol
    @ObservationIgnored private let wording: Wording

    /// - Parameters:
    ///   - client: Whose settings.
    ///   - wording: The words.
    public init(client: any CompanionClientProtocol, wording: Wording) {
        self.client = client
        self.wording = wording
    }

    /// Reads once.
    public func reload() async {
        do {
            let facts = try await client.diagnostics()
            rows = [
                Row(id: .enrolment, value: facts.state.enrolment),
                Row(id: .recorded, value: "\(facts.state.recorded)"),
                Row(id: .keyLevel, value: wording.keyLevel(facts.keyLevel)),
                Row(id: .versions, value: facts.versions),
            ]
            problem = nil
        } catch {
            problem = wording.said(error)
        }
    }
}
