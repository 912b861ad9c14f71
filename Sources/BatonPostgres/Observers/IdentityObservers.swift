package import BatonActions
package import BatonCore
package import BatonEngine

/// Who a node and old say they are.
package struct PostgresIdentityObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PostgresIdentityProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresIdentityProbe.Answer {
        let node = try view.node(question.node, in: scope)
        let old = try view.node(question.old, in: scope)
        async let asked = identity(of: node, deadline: deadline)
        async let askedOld = identity(of: old, deadline: deadline)
        let (mine, olds) = (try await asked.get(), try await askedOld.get())
        return PostgresIdentityProbe.Answer(
            node: node.name, old: old.name, systemIdentifier: mine.identifier, oldSystemIdentifier: olds.identifier,
            inRecovery: mine.inRecovery, oldInRecovery: olds.inRecovery)
    }

    private func identity(
        of node: Node, deadline: Deadline
    ) async -> Result<(identifier: SystemIdentifier, inRecovery: Bool), ObservationError> {
        do throws(ObservationError) {
            let rows = try await view.rows(
                GateQuestion.identity, of: node, deadline: deadline)
            return .success(
                try view.read(node) { () throws(PostgresError) in
                    let row = try rows.single()
                    return (try row.unsigned("system_identifier"), try row.bool("in_recovery"))
                })
        } catch {
            return .failure(error)
        }
    }
}

/// The versions of the candidate and of old.
package struct PostgresVersionObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PostgresVersionProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresVersionProbe.Answer {
        PostgresVersionProbe.Answer(
            new: question.new, old: question.old,
            newVersion: try await version(of: try view.node(question.new, in: scope), deadline: deadline),
            oldVersion: try await version(of: try view.node(question.old, in: scope), deadline: deadline))
    }

    private func version(of node: Node, deadline: Deadline) async throws(ObservationError) -> Int {
        let rows = try await view.rows(GateQuestion.version, of: node, deadline: deadline)
        return try view.read(node) { () throws(PostgresError) in try rows.single().int("server_version_num") }
    }
}

/// What Baton's role may do on a node. The right to replicate is proved by doing it: no catalog shows what `pg_hba.conf`
/// lets in.
package struct PostgresPrivilegesObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PostgresPrivilegesProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresPrivilegesProbe.Answer {
        let node = try view.node(question.node, in: scope)
        let rows = try await view.rows(GateQuestion.privileges, of: node, deadline: deadline)
        let replicates = try await opensReplication(node, deadline: deadline)
        return try view.read(node) { () throws(PostgresError) in
            let row = try rows.single()
            return PostgresPrivilegesProbe.Answer(
                node: node.name, role: try row.text("role"), database: try row.text("database"),
                clientAddress: try row.optionalText("client"),
                checks: [
                    .init(.replication, held: try row.bool("replication")), replicates,
                    .init(.monitor, held: try row.bool("monitor")),
                    .init(.checkpoint, held: try row.bool("checkpoint")),
                    .init(.signalBackend, held: try row.bool("signal_backend")),
                    .init(.promote, held: try row.bool("promote")),
                ])
        }
    }

    private func opensReplication(
        _ node: Node, deadline: Deadline
    ) async throws(ObservationError) -> PostgresPrivilegesProbe.Check {
        do throws(PostgresError) {
            // Not kept: a server that shuts down waits for its walsenders in steps of 10 ms, and an idle one costs a step
            // of the write pause (`WalSndWaitStopping` in PostgreSQL's walsender.c).
            let session = try await view.sessions.openReplication(node.name, deadline: deadline)
            await session.close()
            return .init(.replicationConnection, held: true)
        } catch {
            guard error.kind == .authentication || error.sqlState == "42501" else {
                throw ObservationError(error, node: node)
            }
            return .init(.replicationConnection, held: false, detail: error.message)
        }
    }
}
