package import BatonCore
import BatonEngine

/// Looks at the facts of poolers. What a command returned is never evidence (R12): only what the console shows is.
package struct PoolerFactObserver: FactObserver {
    let view: ClusterView

    package var kind: TargetKind { .pooler }

    package func observe(_ keys: [FactKey], in scope: Scope, deadline: Deadline) async -> [Observation] {
        var names: [String] = []
        for key in keys where !names.contains(key.target.name) { names.append(key.target.name) }
        let seen = await withTaskGroup(of: (String, Result<Seen, ObservationError>).self) { group in
            for name in names {
                let aspects = Set(keys.filter { $0.target.name == name }.map(\.aspect))
                group.addTask { (name, await look(at: name, aspects, in: scope, deadline: deadline)) }
            }
            return await group.reduce(into: [String: Result<Seen, ObservationError>]()) { $0[$1.0] = $1.1 }
        }
        return keys.map { key in
            switch seen[key.target.name] {
            case .success(let seen)?:
                switch key.aspect {
                case .paused: seen.paused(key)
                case .leadsTo: seen.leadsTo(key, in: scope)
                case .eagerLogins: seen.eagerLogins(key)
                default: Observation(key, .unknown("nobody observes \(key.aspect.rawValue) of a pooler"))
                }
            case .failure(let error)?: Observation(key, .unknown(error.message))
            case nil: Observation(key, .unknown("not asked"))
            }
        }
    }

    private func look(
        at name: String, _ aspects: Set<Aspect>, in scope: Scope, deadline: Deadline
    ) async -> Result<Seen, ObservationError> {
        do throws(ObservationError) {
            let pooler = try view.pooler(name, in: scope)
            return .success(
                try await view.onConsole(of: pooler, deadline: deadline) { (console) async throws(PostgresError) in
                    // Entries first: a pool that is quiet after its entry was seen paused stays quiet.
                    let shown = try await console.showDatabases(deadline: deadline)
                    let pools = aspects.contains(.paused) ? try await console.showPools(deadline: deadline) : []
                    let settings =
                        aspects.contains(.eagerLogins) ? try await console.showConfig(deadline: deadline) : nil
                    return Seen(
                        entries: pooler.databases.map { name in (name, shown.first { $0.name == name }) },
                        pools: pools.filter { pooler.databases.contains($0.database) },
                        loginRetry: settings?["server_login_retry"])
                })
        } catch {
            return .failure(error)
        }
    }

    private struct Seen {
        /// The topology's entries, with what the console shows of them.
        var entries: [(name: String, shown: DatabaseEntry?)]
        var pools: [Pool]
        /// `server_login_retry` in seconds, as `SHOW CONFIG` writes it; nil where it was not asked.
        var loginRetry: String?

        /// The first of the topology's entries that the console does not know.
        private var missing: String? { entries.first { $0.shown == nil }?.name }

        /// Nobody sets so little in a file; zero would be a team's own choice.
        func eagerLogins(_ key: FactKey) -> Observation {
            guard let loginRetry, let seconds = Double(loginRetry) else {
                return Observation(key, .unknown("SHOW CONFIG does not tell server_login_retry"))
            }
            return Observation(
                key, .value(.flag(seconds > 0 && seconds < 0.01)), evidence: "server_login_retry = \(loginRetry)")
        }

        func paused(_ key: FactKey) -> Observation {
            if let missing { return Observation(key, .unknown("it has no entry \(missing)")) }
            let paused = entries.compactMap(\.shown).filter(\.paused)
            guard !paused.isEmpty else {
                return entries.isEmpty
                    ? Observation(key, .unknown("the topology names no entry"))
                    : Observation(key, .value(.flag(false)), evidence: "SHOW DATABASES: none paused")
            }
            guard paused.count == entries.count else {
                return Observation(
                    key, .unknown("only \(paused.map(\.name).joined(separator: ", ")) of \(entries.count) are paused"))
            }
            let active = pools.reduce(0) { $0 + $1.serverConnections }
            guard active == 0 else {
                return Observation(
                    key, .unknown("paused, but \(active) server connection(s) are still in a transaction"))
            }
            return Observation(
                key, .value(.flag(true)),
                evidence: "SHOW DATABASES: all paused; SHOW POOLS: no server connection")
        }

        func leadsTo(_ key: FactKey, in scope: Scope) -> Observation {
            if let missing { return Observation(key, .unknown("it has no entry \(missing)")) }
            let places = Set(
                entries.compactMap(\.shown).map { scope.topology.place(host: $0.host ?? "local socket", port: $0.port) }
            )
            guard let place = places.first, places.count == 1 else {
                return Observation(
                    key, .unknown("its entries lead to different places: \(places.sorted().joined(separator: ", "))"))
            }
            return Observation(key, .value(.name(place)), evidence: "SHOW DATABASES: \(place)")
        }
    }
}
