/// What can be known of a target. The set is small and closed; actions are open.
package enum Aspect: String, Hashable, Codable, Sendable, CaseIterable, Comparable {
    /// Node: a server process of the data directory exists.
    case running
    /// Node: accepts writes (running and not in recovery).
    case writable
    /// Node: replays another node's log.
    case inRecovery = "in-recovery"
    /// Node: `pg_control` says `shut down` (a shutdown checkpoint was written).
    case cleanShutdown = "clean-shutdown"
    /// Node: `standby.signal` lies in the data directory, so a start cannot make a primary.
    case standbySignal = "standby-signal"
    /// Node: cannot write, whoever starts its server: no process of the data directory and `standby.signal` in it, or the
    /// topology's own fence proves that it is off.
    case fenced
    /// Node: the live timeline, a number.
    case timeline
    /// Node: the node whose log it streams, by name.
    case follows
    /// Node: has replayed the old primary's shutdown checkpoint and nothing beyond it (R4).
    case complete
    /// Node: its log ends within new's history, so that it can follow new as it is.
    case aligned
    /// Node: where its newest data directory that was set aside because it had diverged is kept, as a path.
    case keptData = "kept-data"
    /// Node: a reserved physical replication slot for the node that the key's detail names.
    case slot
    /// Node: the system identifier of its cluster, a number.
    case cluster
    /// Node: where the log ends that this standby has received or replayed, an LSN as a number.
    case received
    /// Node: gets no log from a node that is lost, and will get none.
    case detached
    /// Node: settings that say where it streams from are put aside for a while.
    case overlaid
    /// Node: no other standby of its history that answers has received more.
    case mostAdvanced = "most-advanced"
    /// Pooler: clients wait.
    case paused
    /// Pooler: the node that its entries lead to, by name.
    case leadsTo = "leads-to"
    /// Pooler: tries a server again at once whose login has failed, instead of waiting `server_login_retry`.
    case eagerLogins = "eager-logins"

    package static func < (left: Aspect, right: Aspect) -> Bool { left.rawValue < right.rawValue }
}

/// Names one fact: which aspect of which target.
package struct FactKey: Hashable, Codable, Sendable, Comparable, CustomStringConvertible {
    package var target: Target
    package var aspect: Aspect
    /// Tells facts of one aspect apart (whose slot); empty where there is only one.
    package var detail: String

    package init(_ target: Target, _ aspect: Aspect, detail: String = "") {
        self.target = target
        self.aspect = aspect
        self.detail = detail
    }

    package static func < (left: FactKey, right: FactKey) -> Bool {
        (left.target, left.aspect, left.detail) < (right.target, right.aspect, right.detail)
    }

    package var description: String {
        detail.isEmpty ? "\(target) \(aspect.rawValue)" : "\(target) \(aspect.rawValue) \(detail)"
    }
}

/// A fact's value.
package enum FactValue: Hashable, Codable, Sendable, CustomStringConvertible {
    case flag(Bool)
    case number(UInt64)
    case name(String)
    /// Known to be nothing: follows nobody.
    case nothing

    package var description: String {
        switch self {
        case .flag(let flag): flag ? "yes" : "no"
        case .number(let number): "\(number)"
        case .name(let name): name
        case .nothing: "nothing"
        }
    }
}

/// Where a known value comes from. Only `observed` counts as evidence.
package enum Basis: Hashable, Codable, Sendable {
    case observed(at: Instant)
    case predicted(by: StepID)
    case assumed
}

/// What is known of a fact: a value and where it comes from, or why it is not known.
package enum Knowledge: Hashable, Codable, Sendable {
    case known(FactValue, Basis)
    case unknown(String)
}

/// A fact's new value, as an action states it or an observation reports it.
package struct Change: Hashable, Codable, Sendable, CustomStringConvertible {
    package var key: FactKey
    package var value: FactValue

    package init(_ key: FactKey, _ value: FactValue) {
        self.key = key
        self.value = value
    }

    package var description: String { "\(key): \(value)" }
}

/// One observed fact, or why it could not be observed.
package struct Observation: Hashable, Codable, Sendable {
    package enum Finding: Hashable, Codable, Sendable {
        case value(FactValue)
        case unknown(String)
    }

    package var key: FactKey
    package var finding: Finding
    /// What was seen, in words for the record: the statement's answer, the file's content.
    package var evidence: String

    package init(_ key: FactKey, _ finding: Finding, evidence: String = "") {
        self.key = key
        self.finding = finding
        self.evidence = evidence
    }
}
