package import BatonCore

/// Why a question got no answer. The gate's verdict is then `unknown`, which blocks.
package struct ObservationError: Error, Hashable, Sendable {
    /// What happened, without secrets: "east-db refused the password of role baton".
    package var message: String
    /// What to do about it, when that is known.
    package var remedy: String?

    package init(_ message: String, remedy: String? = nil) {
        self.message = message
        self.remedy = remedy
    }
}

/// Answers one kind of question by looking at real systems. It cannot change anything: it gets no permit.
package protocol Observer: Sendable {
    associatedtype Question: Probe
    func observe(_ question: Question, in scope: Scope, deadline: Deadline) async throws(ObservationError)
        -> Question.Answer
}

/// Looks at facts of one kind of target. Every key gets an answer, `unknown` where it cannot be seen.
package protocol FactObserver: Sendable {
    var kind: TargetKind { get }
    func observe(_ keys: [FactKey], in scope: Scope, deadline: Deadline) async -> [Observation]
}

/// Compares the log of a fenced node that came back with the promoted node's. It looks and changes nothing.
package protocol DivergenceObserver: Sendable {
    func divergence(of node: String, in scope: Scope, deadline: Deadline) async -> DivergenceFinding
}

/// Carries out one action. Never retries on its own, never judges whether it worked.
package protocol Performer: Sendable {
    associatedtype Performs: Action
    func perform(
        _ parameters: Performs.Parameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome
}

/// An observer with its generics erased.
package struct ObserverRegistration: Sendable {
    package let probeID: String
    let observe: @Sendable (any Probe, Scope, Deadline) async throws(ObservationError) -> any Sendable

    package init<O: Observer>(_ observer: O) {
        probeID = O.Question.id
        observe = { question, scope, deadline async throws(ObservationError) in
            guard let question = question as? O.Question else {
                throw ObservationError("internal: \(O.Question.id) was asked \(type(of: question))")
            }
            return try await observer.observe(question, in: scope, deadline: deadline)
        }
    }
}

/// A performer with its generics erased.
package struct PerformerRegistration: Sendable {
    package let action: ActionID
    let perform: @Sendable (Call, Scope, Permit, Deadline) async -> PerformOutcome

    package init<P: Performer>(_ performer: P) {
        action = P.Performs.id
        let declarations = P.Performs.Parameters.declarations
        perform = { call, scope, permit, deadline in
            let parameters = P.Performs.Parameters(call.arguments.completed(by: declarations))
            return await performer.perform(parameters, on: call.on, in: scope, permit: permit, deadline: deadline)
        }
    }
}

/// The eyes of a run: everything that preflight and status need. It holds nothing that could change the world.
package struct Observers: Sendable {
    private let questions: [String: ObserverRegistration]
    private let facts: [TargetKind: any FactObserver]
    /// Nil for whoever has nothing to read logs with.
    let divergence: (any DivergenceObserver)?

    package init(
        questions: [ObserverRegistration], facts: [any FactObserver], divergence: (any DivergenceObserver)? = nil
    ) {
        self.divergence = divergence
        self.questions = Dictionary(questions.map { ($0.probeID, $0) }, uniquingKeysWith: { first, _ in first })
        self.facts = Dictionary(facts.map { ($0.kind, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The kinds of question that can be answered, sorted; a test compares them with the catalogue's.
    package var probeIDs: [String] { questions.keys.sorted() }

    package func ask(_ question: any Probe, in scope: Scope, deadline: Deadline) async throws(ObservationError)
        -> any Sendable
    {
        let id = type(of: question).id
        guard let registration = questions[id] else { throw ObservationError("internal: nobody observes \(id)") }
        return try await registration.observe(question, scope, deadline)
    }

    package func observe(_ keys: [FactKey], in scope: Scope, deadline: Deadline) async -> [Observation] {
        guard let kind = keys.first?.target.kind else { return [] }
        guard let observer = facts[kind] else {
            return keys.map { Observation($0, .unknown("nobody observes a \(kind.rawValue)")) }
        }
        return await observer.observe(keys, in: scope, deadline: deadline)
    }
}

/// The hands of a run. Only a command that changes the world is given any.
package struct Performers: Sendable {
    private let performers: [ActionID: PerformerRegistration]

    package init(_ registrations: [PerformerRegistration]) {
        performers = Dictionary(registrations.map { ($0.action, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The actions that can be performed, sorted; a test compares them with the catalogue's.
    package var actions: [ActionID] { performers.keys.sorted() }

    func perform(_ call: Call, in scope: Scope, permit: Permit, deadline: Deadline) async -> PerformOutcome {
        guard let performer = performers[call.action] else {
            return .failed("internal: nobody performs \(call.action)")
        }
        return await performer.perform(call, scope, permit, deadline)
    }
}
