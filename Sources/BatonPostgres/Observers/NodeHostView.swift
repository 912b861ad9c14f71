import BatonCore
import BatonEngine

/// What a node's host tells of it; asked only for what is wanted.
struct NodeHostView: Sendable {
    /// nil: Baton has no access, or was not asked.
    let process: Result<ServerProcess, ObservationError>?
    private let control: Result<ControlFile, ObservationError>?
    private let signal: Result<Bool, ObservationError>?

    /// Nobody was asked.
    init() { (process, control, signal) = (nil, nil, nil) }

    init(_ view: ClusterView, _ node: Node, _ aspects: Set<Aspect>, deadline: Deadline) async {
        guard let host = view.hosts.database(node.name) else {
            (process, control, signal) = (nil, nil, nil)
            return
        }
        process =
            aspects.isDisjoint(with: [.running, .writable, .inRecovery, .follows])
            ? nil
            : await Self.ask(node) { () async throws(HostError) in try await host.serverProcess(deadline: deadline) }
        control =
            aspects.contains(.cleanShutdown)
            ? await Self.ask(node) { () async throws(HostError) in try await host.controlFile(deadline: deadline) }
            : nil
        signal =
            aspects.contains(.standbySignal)
            ? await Self.ask(node) { () async throws(HostError) in
                try await host.hasStandbySignal(deadline: deadline)
            } : nil
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
        case .failure(let error)?: error.message
        case nil: "Baton has no access to its host"
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
            return .failure(ObservationError(error, host: node.name))
        }
    }
}
