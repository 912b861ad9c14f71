import BatonActions
import BatonCore

enum IdentityObserver: SimulatedObserver {
    static func look(_ question: PostgresIdentityProbe, _ sight: Sight) -> Seen<PostgresIdentityProbe.Answer> {
        ask(question.node, question.old, sight) { node, old in
            .init(
                node: question.node, old: question.old, systemIdentifier: node.systemIdentifier,
                oldSystemIdentifier: old.systemIdentifier, inRecovery: node.inRecovery, oldInRecovery: old.inRecovery)
        }
    }
}

enum VersionObserver: SimulatedObserver {
    static func look(_ question: PostgresVersionProbe, _ sight: Sight) -> Seen<PostgresVersionProbe.Answer> {
        func version(_ node: SimulatedNode) -> Int { node.defects.otherVersion ? 160_004 : 150_018 }
        return ask(question.new, question.old, sight) { new, old in
            .init(new: question.new, old: question.old, newVersion: version(new), oldVersion: version(old))
        }
    }
}

enum HostObserver: SimulatedObserver {
    static func look(_ question: PostgresHostProbe, _ sight: Sight) -> Seen<PostgresHostProbe.Answer> {
        guard let index = sight.index(question.node) else { return .problem("no node \(question.node)") }
        let (known, node) = (sight.truth.topology.nodes[index], sight.truth.nodes[index])
        let reaches = sight.reachesHost(index)
        let answers = sight.reach(index) == .answers
        if sight.reach(index) == .silent { return .silence }
        return .answer(
            .init(
                node: question.node, access: known.access, dataDirectory: known.dataDirectory?.path,
                serverDataDirectory: answers ? known.dataDirectory?.path : nil,
                fileIdentifier: reaches ? node.systemIdentifier : nil,
                serverIdentifier: answers ? node.systemIdentifier : nil,
                fileInRecovery: reaches ? node.control == .inRecovery : nil,
                serverInRecovery: answers ? node.inRecovery : nil, running: reaches ? node.process != .none : nil,
                problem: known.access == .none || reaches ? nil : "no route to host"))
    }
}

enum PrivilegesObserver: SimulatedObserver {
    static func look(_ question: PostgresPrivilegesProbe, _ sight: Sight) -> Seen<PostgresPrivilegesProbe.Answer> {
        ask(question.node, sight) { node in
            .init(
                node: question.node, role: "baton", database: "app", clientAddress: nil,
                checks: PostgresPrivilegesProbe.Privilege.allCases.map {
                    .init($0, held: !(node.defects.lacksPrivileges && $0 == .promote))
                })
        }
    }
}

/// Sessions and processes: whether a node could accept a write, as the real observer finds out.
enum SingleWriterObserver: SimulatedObserver {
    static func look(_ question: PostgresSingleWriterProbe, _ sight: Sight) -> Seen<PostgresSingleWriterProbe.Answer> {
        guard let index = sight.index(question.node) else { return .problem("no node \(question.node)") }
        let node = sight.truth.nodes[index]
        let reach = sight.reach(index)
        let reachesHost = sight.reachesHost(index)
        let isOff = sight.provesOff(index)
        if reach == .silent, !reachesHost, !isOff, !question.isAccepted { return .silence }
        var problem: String?
        if case .refuses(let why) = reach { problem = why }
        return .answer(
            .init(
                node: question.node, new: question.new, inRecovery: reach == .answers ? node.inRecovery : nil,
                noProcess: reachesHost ? node.process == .none : nil,
                standbySignal: reachesHost ? node.hasStandbySignal : nil,
                fence: isOff ? "its own fence proves that \(question.node) is off" : nil, problem: problem,
                isAccepted: question.isAccepted))
    }
}
