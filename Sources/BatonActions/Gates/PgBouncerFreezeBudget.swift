package import BatonCore

/// Asks a PgBouncer for the timeouts that end a client's wait.
package struct PgBouncerFreezeBudgetProbe: Probe {
    package struct Answer: Hashable, Codable, Sendable {
        package var pooler: String
        /// Each nil when the console did not show it; zero means that PgBouncer never applies it.
        package var queryWaitTimeout: TimeSpan?
        package var clientLoginTimeout: TimeSpan?
        package var queryTimeout: TimeSpan?
        package var serverLoginRetry: TimeSpan?

        package init(
            pooler: String, queryWaitTimeout: TimeSpan?, clientLoginTimeout: TimeSpan?, queryTimeout: TimeSpan?,
            serverLoginRetry: TimeSpan?
        ) {
            self.pooler = pooler
            self.queryWaitTimeout = queryWaitTimeout
            self.clientLoginTimeout = clientLoginTimeout
            self.queryTimeout = queryTimeout
            self.serverLoginRetry = serverLoginRetry
        }
    }

    package static let id = "pgbouncer.freeze-budget"
    package var pooler: String

    package init(pooler: String) { self.pooler = pooler }
}

/// Clients that wait through the whole freeze get no error: the pooler's timeouts are longer than the budget (R1). They
/// are also what bounds the stall when Baton's whole machine is lost, so "never" is warned about.
package enum PgBouncerFreezeBudget: Gate {
    package struct Limit: ParameterSet {
        package static let declarations = [
            ParameterDeclaration(
                "budget", .span, default: .span(.seconds(30)),
                "How long clients may wait: the playbook's freeze limit.")
        ]
        package let budget: TimeSpan
        package init(_ arguments: Arguments) { budget = arguments.span("budget") }
    }

    package static let id: GateID = "pgbouncer.freeze-budget"
    package static let summary = "The pooler lets clients wait for longer than the freeze may last."
    package static let source =
        "PgBouncer: query_wait_timeout, client_login_timeout, query_timeout; Baton rules R1, R12."
    package static let kind = TargetKind.pooler

    /// A failed server login during the pause delays the next one by this long (R12).
    private static let promptRetry = TimeSpan.seconds(1)

    package static func question(_ limit: Limit, on target: Target, in scope: Scope) -> PgBouncerFreezeBudgetProbe {
        PgBouncerFreezeBudgetProbe(pooler: target.name)
    }

    package static func judge(_ answer: PgBouncerFreezeBudgetProbe.Answer, _ limit: Limit) -> Verdict {
        let pooler = answer.pooler
        let timeouts = [
            ("query_wait_timeout", answer.queryWaitTimeout), ("client_login_timeout", answer.clientLoginTimeout),
            ("query_timeout", answer.queryTimeout),
        ]
        for (name, value) in timeouts {
            guard let value else { return .unknown("\(name) of \(pooler) could not be read") }
            guard value == .zero || value > limit.budget else {
                return .block(
                    "\(name) of \(pooler) is \(value), not above the freeze budget of \(limit.budget): "
                        + "waiting clients would get errors",
                    remedy: "On its console: SET \(name) = \(wholeSeconds(above: limit.budget)); "
                        + "and the same in its configuration file; or lower limits: freeze: of the playbook",
                    observed: .span(value), limit: .span(limit.budget))
            }
        }
        guard let retry = answer.serverLoginRetry else {
            return .unknown("server_login_retry of \(pooler) could not be read")
        }
        guard retry <= promptRetry else {
            return .warn(
                "server_login_retry of \(pooler) is \(retry): a login that fails during the freeze delays the thaw by it",
                remedy: "On its console: SET server_login_retry = 1; and the same in its configuration file",
                observed: .span(retry), limit: .span(promptRetry))
        }
        guard let wait = answer.queryWaitTimeout, wait != .zero else {
            return .warn(
                "query_wait_timeout of \(pooler) is 0: if Baton's whole machine is lost in a freeze, clients wait for ever",
                remedy: "On its console: SET query_wait_timeout = \(wholeSeconds(above: limit.budget)); "
                    + "and the same in its configuration file",
                observed: .span(.zero), limit: .span(limit.budget))
        }
        return .pass(
            "clients of \(pooler) may wait for \(wait), the freeze lasts at most \(limit.budget)",
            observed: .span(wait), limit: .span(limit.budget))
    }

    /// Twice the budget, as PgBouncer's settings want it.
    private static func wholeSeconds(above budget: TimeSpan) -> Int64 {
        max(1, (2 * budget.nanoseconds + 999_999_999) / 1_000_000_000)
    }

    package static func byHand(_ limit: Limit, on target: Target, in scope: Scope) -> ByHandCheck {
        ByHandCheck(
            [
                console(
                    target, in: scope, "SHOW CONFIG",
                    filter:
                        " | grep -E '^(query_wait_timeout|client_login_timeout|query_timeout|server_login_retry)[|]'",
                    expect: "in seconds: query_wait_timeout, client_login_timeout and query_timeout 0 or more than "
                        + "\(limit.budget), server_login_retry at most \(promptRetry)")
            ],
            otherwise:
                "On its console: SET query_wait_timeout = \(wholeSeconds(above: limit.budget)); and so on, and the "
                + "same in its configuration file.")
    }

    package static let passing = PgBouncerFreezeBudgetProbe.Answer(
        pooler: "pool", queryWaitTimeout: .seconds(120), clientLoginTimeout: .seconds(60), queryTimeout: .zero,
        serverLoginRetry: .seconds(1))
    package static let refusing = PgBouncerFreezeBudgetProbe.Answer(
        pooler: "pool", queryWaitTimeout: .seconds(10), clientLoginTimeout: .seconds(60), queryTimeout: .zero,
        serverLoginRetry: .seconds(1))
}
