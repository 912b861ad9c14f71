import BatonCore

/// What somebody at Baton's place can see now, and of what answers nothing. Everything that Baton learns goes through here.
struct Sight {
    let truth: Truth
    let scope: Scope

    enum Reach: Hashable {
        case answers
        case refuses(String)
        /// Packets vanish, or the server hangs: only the deadline ends the wait.
        case silent
    }

    /// Whether a server's session answers a question.
    func reach(_ node: Int) -> Reach {
        guard truth.network.connects(.baton, .node(node)) else { return .silent }
        let name = truth.name(of: node)
        switch truth.nodes[node].process {
        case .none, .orphaned: return .refuses("\(name) refuses connections: no server listens")
        case _ where truth.nodes[node].isHung: return .silent
        case .starting: return .refuses("\(name) is starting up")
        case .stopping: return .refuses("\(name) is shutting down")
        case .running: return .answers
        }
    }

    func reachesHost(_ node: Int) -> Bool {
        truth.topology.nodes[node].access != .none && truth.network.connects(.baton, .host(node))
    }

    /// Whether a lost node's own fence proves that it is off.
    func provesOff(_ node: Int) -> Bool {
        scope.isLost(truth.name(of: node)) && truth.topology.nodes[node].fence != nil
            && truth.nodes[node].isSwitchedOff && truth.nodes[node].process == .none
    }

    func reachPooler(_ pooler: Int) -> Reach {
        guard truth.network.connects(.baton, .pooler(pooler)), !truth.poolers[pooler].isHung else { return .silent }
        guard truth.poolers[pooler].isUp else {
            return .refuses("\(truth.topology.poolers[pooler].name) refuses connections")
        }
        return .answers
    }

    func index(_ name: String) -> Int? { truth.node(named: name) }
}

/// What a question brought.
enum Seen<Answer> {
    case answer(Answer)
    case problem(String)
    case silence

    func map<Other>(_ transform: (Answer) -> Other) -> Seen<Other> {
        switch self {
        case .answer(let answer): .answer(transform(answer))
        case .problem(let why): .problem(why)
        case .silence: .silence
        }
    }
}

/// Answers one kind of question from the truth, as far as Baton can see it.
protocol SimulatedObserver: SendableMetatype {
    associatedtype Question: Probe
    static func look(_ question: Question, _ sight: Sight) -> Seen<Question.Answer>
}

extension SimulatedObserver {
    /// The index of a node whose session answers, or why there is none.
    static func node(_ name: String, _ sight: Sight) -> Seen<Int> {
        guard let index = sight.index(name) else { return .problem("the topology has no node \(name)") }
        switch sight.reach(index) {
        case .answers: return .answer(index)
        case .refuses(let why): return .problem(why)
        case .silent: return .silence
        }
    }

    /// Asks one node.
    static func ask(
        _ name: String, _ sight: Sight, _ answer: (SimulatedNode) -> Question.Answer
    ) -> Seen<Question.Answer> {
        node(name, sight).map { answer(sight.truth.nodes[$0]) }
    }

    /// Asks two nodes.
    static func ask(
        _ name: String, _ other: String, _ sight: Sight,
        _ answer: (SimulatedNode, SimulatedNode) -> Question.Answer
    ) -> Seen<Question.Answer> {
        switch (node(name, sight), node(other, sight)) {
        case (.answer(let one), .answer(let two)): .answer(answer(sight.truth.nodes[one], sight.truth.nodes[two]))
        case (.silence, _), (_, .silence): .silence
        case (.problem(let why), _), (_, .problem(let why)): .problem(why)
        }
    }
}

/// An observer with its generics erased.
struct AnySimulatedObserver {
    let id: String
    let look: @Sendable (any Probe, Sight) -> Seen<any Sendable>

    init<O: SimulatedObserver>(_ observer: O.Type) {
        id = O.Question.id
        look = { question, sight in
            guard let question = question as? O.Question else { return .problem("internal: another question") }
            return O.look(question, sight).map { $0 as any Sendable }
        }
    }
}
