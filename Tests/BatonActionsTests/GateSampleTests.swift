import BatonActions
import BatonCore
import Testing

/// Every gate can say yes and can say no, and shows both.
@Suite("Gates")
struct GateSampleTests {
    @Test("The passing sample passes, the refusing one does not and says what to do", arguments: Catalogue.allGates)
    func samples(_ gate: GateDefinition) {
        let (passing, refusing) = gate.samples()
        #expect(passing.decision == .pass, "\(passing.reason)")
        #expect(!refusing.allows, "\(refusing.reason)")
        #expect(refusing.remedy?.isEmpty == false, "\(gate.id) refuses without a remedy")
        #expect(!passing.reason.isEmpty && !refusing.reason.isEmpty && passing.reason != refusing.reason)
    }

    @Test("A lost node without a host that answers can be fenced only by a fence of its own that says so")
    func fenceable() {
        typealias Answer = PostgresFenceableProbe.Answer
        let sample = PostgresFenceable.passing
        func judged(_ change: (inout Answer) -> Void) -> Verdict {
            var answer = sample
            change(&answer)
            return PostgresFenceable.judge(answer, NoParameters(Arguments()))
        }
        let ready = PostgresFenceableProbe.OwnFence(proof: "the command power", problem: nil)
        let broken = PostgresFenceableProbe.OwnFence(proof: "the command power", problem: "no such outlet")
        func lost(_ answer: inout Answer) {
            answer.fileIdentifier = nil
            answer.processes = nil
            answer.problem = "no route"
        }
        let both = judged { $0.fence = ready }
        #expect(both.decision == .pass && both.reason.contains("on its host") && both.reason.contains("power"))
        #expect(judged { $0.fence = broken }.decision == .pass)
        let own = judged {
            lost(&$0)
            $0.fence = ready
        }
        #expect(own.decision == .pass && own.reason.contains("by its own fence") && own.reason.contains("no route"))
        let none = judged {
            lost(&$0)
            $0.fence = broken
        }
        #expect(none.decision == .block && none.reason.contains("no such outlet") && none.reason.contains("no route"))
        #expect(none.remedy?.contains("--accept-unfenced west-db") == true)
        let uncontrolled = judged {
            lost(&$0)
            $0.problem = nil
            $0.access = .none
            $0.fence = ready
        }
        #expect(uncontrolled.decision == .pass)
        // With the directory of another cluster the host's fence would be tried first, on the wrong server.
        #expect(
            judged {
                $0.fileIdentifier = 1
                $0.fence = ready
            }.decision == .block)
    }

    @Test("A fence's proof makes a node that nobody sees no writer, and nothing else does")
    func singleWriter() {
        typealias Answer = PostgresSingleWriterProbe.Answer
        func judged(_ answer: Answer) -> Verdict.Decision {
            PostgresSingleWriter.judge(answer, NoParameters(Arguments())).decision
        }
        func seen(_ fence: String?, inRecovery: Bool? = nil, noProcess: Bool? = nil) -> Answer {
            Answer(
                node: "west-db", new: "east-db", inRecovery: inRecovery, noProcess: noProcess, standbySignal: nil,
                fence: fence)
        }
        #expect(judged(seen("power proves it")) == .pass)
        #expect(judged(seen(nil)) == .unknown)
        #expect(judged(seen("power proves it", inRecovery: false)) == .block)
        #expect(judged(seen("power proves it", noProcess: false)) == .block)
        #expect(judged(seen("power proves it", noProcess: true)) == .pass)
    }

    @Test("Ids are unique, and each gate has a question of its own and a source")
    func ids() {
        let gates = Catalogue.allGates
        #expect(Set(gates.map(\.id)).count == gates.count)
        #expect(Set(gates.map(\.probeID)).count == gates.count)
        #expect(gates.allSatisfy { !$0.source.isEmpty && !$0.summary.isEmpty })
        #expect(gates.map(\.id) == gates.map(\.id).sorted())
    }

    @Test("Each gate asks about its target, and its limits have defaults of their kind", arguments: Catalogue.allGates)
    func questions(_ gate: GateDefinition) {
        let scope = Scope.example
        let target = Target(gate.kind, gate.kind == .node ? "east-db" : gate.kind == .pooler ? "pool" : "app")
        let question = gate.question(Arguments(), target, scope)
        #expect(type(of: question).id == gate.probeID)
        for declaration in gate.declarations {
            switch (declaration.kind, declaration.defaultValue) {
            case (.span, .span), (.bytes, .bytes), (.count, .count), (.flag, .flag), (.text, .text): break
            default: Issue.record("\(gate.id): \(declaration.name) has a default of another kind")
            }
        }
    }

    @Test("An answer of another gate's question is unknown")
    func wrongAnswer() throws {
        let gate = try #require(Catalogue.allGates.first { $0.id == "postgres.version" })
        #expect(gate.judge(PostgresApplyDelay.passing, Arguments()).decision == .unknown)
    }
}

extension GateDefinition: CustomTestStringConvertible {
    package var testDescription: String { id.rawValue }
}

extension Scope {
    static var example: Scope {
        Scope(
            topology: Topology(
                name: "lab", sites: ["west", "east"],
                nodes: ["west", "east"].map {
                    Node(
                        name: "\($0)-db", site: $0, host: "127.0.0.1", port: $0 == "west" ? 5501 : 5502,
                        database: "app", user: "baton")
                }),
            binding: Binding(old: "west-db", new: "east-db"))
    }
}
