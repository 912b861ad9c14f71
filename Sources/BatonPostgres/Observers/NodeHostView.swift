import BatonCore
import BatonEngine

/// What a node's host tells of it; asked only for what is wanted.
struct NodeHostView: Sendable {
    /// nil: Baton has no access, or was not asked.
    let process: Result<ServerProcess, ObservationError>?
    private let control: Result<ControlFile, ObservationError>?
    private let signal: Result<Bool, ObservationError>?
    /// What the topology's own fence proves; nil: there is none, or it was not asked.
    private let fence: FenceVerdict?

    /// Nobody was asked.
    init() { (process, control, signal, fence) = (nil, nil, nil, nil) }

    /// - Parameter fence: asked for its proof at the same time as the host, which is then not waited for as long.
    init(
        _ view: ClusterView, _ node: Node, _ aspects: Set<Aspect>, fence asked: (any Fencing)? = nil,
        deadline: Deadline
    ) async {
        async let verdict = asked?.verify(deadline: deadline)
        guard let host = view.hosts.database(node.name) else {
            (process, control, signal, fence) = (nil, nil, nil, await verdict)
            return
        }
        // At the same time: by ssh each is a connection of its own.
        let patience = Patience.host(deadline, besideFence: asked != nil)
        let asksProcess = !aspects.isDisjoint(with: [.running, .writable, .inRecovery, .follows, .fenced])
        let asksSignal = !aspects.isDisjoint(with: [.standbySignal, .fenced])
        async let process =
            asksProcess
            ? Self.ask(node) { () async throws(HostError) in try await host.serverProcess(deadline: patience) } : nil
        async let control =
            aspects.contains(.cleanShutdown)
            ? Self.ask(node) { () async throws(HostError) in try await host.controlFile(deadline: patience) } : nil
        async let signal =
            asksSignal
            ? Self.ask(node) { () async throws(HostError) in try await host.hasStandbySignal(deadline: patience) }
            : nil
        self.process = await process
        self.control = await control
        self.signal = await signal
        fence = await verdict
    }

    /// Why nothing can write there although nobody saw that no process is left: the fence's proof, unless the host sees a
    /// process, or nil.
    var provedOff: String? {
        guard case .proved(let evidence)? = fence else { return nil }
        switch process {
        case .success(.running)?, .success(.orphans)?: return nil
        case .success(.none)?, .failure?, nil: return evidence
        }
    }

    func sees(_ expected: ServerProcess) -> Bool {
        if case .success(expected)? = process { return true }
        return false
    }

    /// What the host said of the processes, in words.
    var evidence: String {
        switch process {
        case .success(.running(let pid))?: "process \(pid) of its data directory runs"
        case .success(.none)?: "no process of its data directory runs"
        case .success(.orphans(let pids))?:
            "no postmaster, but processes of its data directory live: \(pids.map(String.init).joined(separator: ", "))"
        case .failure(let error)?: [error.message, fenceProblem].compactMap(\.self).joined(separator: "; ")
        case nil: ["Baton has no access to its host", fenceProblem].compactMap(\.self).joined(separator: "; ")
        }
    }

    private var fenceProblem: String? {
        guard case .notProved(let why)? = fence else { return nil }
        return why
    }

    /// No process and the mark, or the fence's proof.
    func fenced(_ key: FactKey) -> Observation {
        if let provedOff { return Observation(key, .value(.flag(true)), evidence: provedOff) }
        switch (process, signal) {
        case (.success(.none)?, .success(true)?):
            return Observation(key, .value(.flag(true)), evidence: "\(evidence), standby.signal is there")
        case (.success(.none)?, .success(false)?):
            return Observation(key, .value(.flag(false)), evidence: "\(evidence), and standby.signal is absent")
        case (.success(.running)?, _), (.success(.orphans)?, _):
            return Observation(key, .value(.flag(false)), evidence: evidence)
        case (.success(.none)?, .failure(let error)?): return Observation(key, .unknown(error.message))
        case (.success(.none)?, nil), (.failure?, _), (nil, _): return Observation(key, .unknown(evidence))
        }
    }

    func cleanShutdown(_ key: FactKey) -> Observation {
        switch control {
        case .success(let file)?:
            Observation(
                key, .value(.flag(file.state == .shutDown)),
                evidence: "pg_control: \(file.state), checkpoint \(file.checkpoint), "
                    + "timeline \(file.checkpointTimeline)")
        case .failure(let error)?: Observation(key, .unknown(error.message))
        case nil: Observation(key, .unknown("Baton has no access to its host"))
        }
    }

    func standbySignal(_ key: FactKey) -> Observation {
        switch signal {
        case .success(let present)?:
            Observation(
                key, .value(.flag(present)), evidence: present ? "standby.signal is there" : "standby.signal is absent")
        case .failure(let error)?: Observation(key, .unknown(error.message))
        case nil: Observation(key, .unknown("Baton has no access to its host"))
        }
    }

    private static func ask<Answer: Sendable>(
        _ node: Node, _ body: () async throws(HostError) -> Answer
    ) async -> Result<Answer, ObservationError> {
        do throws(HostError) {
            return .success(try await body())
        } catch {
            return .failure(ObservationError(error, host: node))
        }
    }
}
