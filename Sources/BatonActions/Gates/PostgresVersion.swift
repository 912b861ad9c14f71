package import BatonCore

/// Asks the candidate and the old primary for their versions.
package struct PostgresVersionProbe: Probe {
    package struct Answer: Hashable, Codable, Sendable {
        package var new: String
        package var old: String
        /// `server_version_num`: 150018 is 15.18.
        package var newVersion: Int
        package var oldVersion: Int

        package init(new: String, old: String, newVersion: Int, oldVersion: Int) {
            self.new = new
            self.old = old
            self.newVersion = newVersion
            self.oldVersion = oldVersion
        }
    }

    package static let id = "postgres.version"
    package var new: String
    package var old: String

    package init(new: String, old: String) {
        self.new = new
        self.old = old
    }
}

/// The candidate runs the same major version, and no older minor version, as the primary that it replaces.
package enum PostgresVersion: Gate {
    package static let id: GateID = "postgres.version"
    package static let summary = "The candidate's server is of old's major version and not of an older minor one."
    package static let source = "PostgreSQL documentation, 27.2.1 Planning (log shipping standby servers)."
    package static let kind = TargetKind.node

    package static func question(_ limit: NoParameters, on target: Target, in scope: Scope) -> PostgresVersionProbe {
        PostgresVersionProbe(new: target.name, old: scope.binding.old)
    }

    package static func judge(_ answer: PostgresVersionProbe.Answer, _ limit: NoParameters) -> Verdict {
        let (new, old) = (text(answer.newVersion), text(answer.oldVersion))
        guard answer.newVersion / 10_000 == answer.oldVersion / 10_000 else {
            return .block(
                "\(answer.new) runs PostgreSQL \(new), \(answer.old) runs \(old): the major versions differ",
                remedy: "Install PostgreSQL \(answer.oldVersion / 10_000) on \(answer.new) and build it again with "
                    + "pg_basebackup -R",
                observed: .text(new), limit: .text(old))
        }
        guard answer.newVersion >= answer.oldVersion else {
            return .warn(
                "\(answer.new) runs PostgreSQL \(new), older than \(old) on \(answer.old)",
                remedy: "Update the packages of \(answer.new) to \(old) and restart it before the run",
                observed: .text(new), limit: .text(old))
        }
        return .pass("\(answer.new) runs PostgreSQL \(new), \(answer.old) runs \(old)", observed: .text(new))
    }

    private static func text(_ version: Int) -> String { "\(version / 10_000).\(version % 10_000)" }

    package static func byHand(_ limit: NoParameters, on target: Target, in scope: Scope) -> ByHandCheck {
        ByHandCheck(
            [
                psql(scope.old, in: scope, GateQuestion.version, expect: "\(scope.old)'s version, such as 150018"),
                psql(
                    target, in: scope, GateQuestion.version,
                    expect: "the same first two digits, and not a smaller number"),
            ],
            otherwise: "Update the packages of \(target) and restart it; another major version must be built anew.")
    }

    package static let passing = PostgresVersionProbe.Answer(
        new: "east-db", old: "west-db", newVersion: 150_018, oldVersion: 150_018)
    package static let refusing = PostgresVersionProbe.Answer(
        new: "east-db", old: "west-db", newVersion: 160_004, oldVersion: 150_018)
}
