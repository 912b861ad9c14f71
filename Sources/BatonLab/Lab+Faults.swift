import BatonCore
import BatonEngine
import BatonHosts
import Glibc

extension Lab {
    /// How `break` breaks a server.
    package enum Fault: String, Hashable, Sendable, CaseIterable {
        /// SIGKILL to all its processes: the machine's power is cut.
        case kill
        /// A clean, fast stop.
        case stop
        /// SIGSTOP to all its processes: it answers nobody and holds everything.
        case pause
    }

    /// Breaks a node or a pooler and returns when it is broken.
    package func breakServer(_ name: String, _ fault: Fault) async throws {
        let deadline = SystemClock.deadline(in: .seconds(60))
        switch try find(name) {
        case .node(let server):
            switch fault {
            case .kill:
                try await server.local.signalAll(SIGKILL, deadline: deadline)
                try await server.local.waitUntilStopped(deadline: deadline)
            case .stop:
                try await server.local.requestStop(.fast, deadline: deadline)
                try await server.local.waitUntilStopped(deadline: deadline)
            case .pause: try await server.local.signalAll(SIGSTOP, deadline: deadline)
            }
        case .pooler(let server):
            switch fault {
            case .kill:
                try server.signal(SIGKILL)
                try await server.stop(deadline: deadline)
            case .stop: try await server.stop(deadline: deadline)
            case .pause: try server.signal(SIGSTOP)
            }
        }
    }

    /// Lets a paused server go on and starts a stopped one, unless that could make a second primary.
    ///
    /// - Parameter progress: told what happened, also that a node stays down and why.
    package func heal(_ name: String, progress: @Sendable (String) -> Void) async throws {
        let deadline = SystemClock.deadline(in: .seconds(60))
        let manifest = try existing()
        switch try find(name) {
        case .node(let server):
            try await server.local.signalAll(SIGCONT, deadline: deadline)
            switch try await server.local.process(deadline: deadline) {
            case .running: progress("\(name) runs")
            case .orphans(let pids): throw LabError("\(name) has processes without a postmaster: \(pids)")
            case .none: try await start(server, in: manifest, progress: progress, deadline: deadline)
            }
        case .pooler(let server):
            try server.signal(SIGCONT)
            if try server.processes().isEmpty {
                progress("starting \(name)")
                try await server.start(ground: LabGround.recorded(in: manifest), deadline: deadline)
            } else {
                progress("\(name) runs")
            }
        }
    }

    private enum Found {
        case node(PostgresServer)
        case pooler(PgBouncerServer)
    }

    private func find(_ name: String) throws -> Found {
        let manifest = try existing()
        if let server = servers(manifest).first(where: { $0.node.name == name }) { return .node(server) }
        if let server = poolers(manifest).first(where: { $0.pooler.name == name }) { return .pooler(server) }
        let names = manifest.nodes.map(\.name) + manifest.poolers.map(\.name)
        throw LabError("the lab has no server \(name)", remedy: "use one of: \(names.joined(separator: ", "))")
    }
}
