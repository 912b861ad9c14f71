import BatonActions
import BatonCore
import BatonEngine

/// What an election is decided by.
extension NodeFactObserver {
    /// As the server says it, or the control file of one that does not answer.
    func cluster(
        _ key: FactKey, _ node: Node, _ identity: Result<SystemIdentity, ObservationError>?, deadline: Deadline
    ) async -> Observation {
        if case .success(let identity)? = identity {
            return Observation(
                key, .value(.number(identity.systemIdentifier)),
                evidence: "IDENTIFY_SYSTEM: \(identity.systemIdentifier)")
        }
        switch await view.control(of: node, deadline: deadline) {
        case .success(let file):
            return Observation(
                key, .value(.number(file.systemIdentifier)), evidence: "pg_control: \(file.systemIdentifier)")
        case .failure(let error): return Observation(key, .unknown(error.message))
        }
    }

    func received(_ key: FactKey, _ server: Result<Server, ObservationError>?) -> Observation {
        switch server {
        case .success(let server)?:
            guard server.inRecovery else { return Observation(key, .unknown("it is no standby")) }
            guard let position = server.received else { return Observation(key, .unknown("it has received nothing")) }
            return Observation(key, .value(.number(position.rawValue)), evidence: "received up to \(position)")
        case .failure(let error)?: return Observation(key, .unknown(error.message))
        case nil: return Observation(key, .unknown("not asked"))
        }
    }

    /// Nobody receives from a lost node whose own walreceiver is gone and cannot come back: the node is fenced, or the standby
    /// has nobody to connect to. One that streams from another survivor shares its log.
    func detached(_ key: FactKey, _ server: Result<Server, ObservationError>?, in scope: Scope) -> Observation {
        switch server {
        case .success(let server)?:
            guard server.inRecovery else { return Observation(key, .value(.flag(true)), evidence: "not in recovery") }
            guard server.receiverStatus != nil else {
                if server.streamsFromNobody == true {
                    return Observation(key, .value(.flag(true)), evidence: "no walreceiver, primary_conninfo is empty")
                }
                return scope.acceptance?.unfenced.isEmpty == false
                    ? Observation(
                        key, .value(.flag(false)), evidence: "its walreceiver may find a node that nobody fenced")
                    : Observation(key, .value(.flag(true)), evidence: "no walreceiver, and every lost node is fenced")
            }
            guard let sender = server.sender else {
                return Observation(key, .unknown("it does not tell whom it streams from: GRANT pg_monitor"))
            }
            let place = scope.topology.place(host: sender.host, port: sender.port)
            let survives = scope.topology.node(place) != nil && !scope.isLost(place)
            return Observation(key, .value(.flag(survives)), evidence: "its walreceiver is connected to \(place)")
        case .failure(let error)?: return Observation(key, .unknown(error.message))
        case nil: return Observation(key, .unknown("not asked"))
        }
    }

    /// Only Baton makes an overlay, so where it has no access to the host there is none.
    func overlaid(_ key: FactKey, _ node: Node, deadline: Deadline) async -> Observation {
        guard let host = view.hosts.database(node.name) else {
            return Observation(key, .value(.flag(false)), evidence: "Baton has no access to its host")
        }
        do throws(HostError) {
            let isOverlaid = try await host.hasOverlay(deadline: deadline)
            return Observation(
                key, .value(.flag(isOverlaid)),
                evidence: isOverlaid ? "postgresql.auto.conf keeps other lines" : "postgresql.auto.conf is its own")
        } catch {
            return Observation(key, .unknown(error.description))
        }
    }

    func mostAdvanced(_ key: FactKey, _ node: Node, in scope: Scope, deadline: Deadline) async -> Observation {
        do throws(ObservationError) {
            let survivors = try await Survivors(view: view).positions(
                of: node, after: nil, in: scope, deadline: deadline
            ).survivors
            guard let own = survivors.first(where: { $0.node == node.name }) else {
                return Observation(key, .unknown("\(node.name) does not tell what it has received"))
            }
            if let ahead = own.furthest(of: survivors) {
                return Observation(
                    key, .value(.flag(false)),
                    evidence: "\(ahead.node) has received \(ahead.received), \(node.name) \(own.received)")
            }
            let others = survivors.filter { $0.node != node.name }.map { "\($0.node) \($0.received)" }
            return Observation(
                key, .value(.flag(true)),
                evidence: "\(node.name) has received \(own.received)"
                    + (others.isEmpty ? ", nobody else answers" : "; \(others.joined(separator: ", "))"))
        } catch {
            return Observation(key, .unknown(error.message))
        }
    }
}
