/// The phases of a run, in their order. A playbook fills them; it cannot reorder them.
package enum Phase: String, Hashable, Codable, Sendable, CaseIterable, Comparable {
    case preflight, prepare, freeze, fence
    case catchUp = "catch-up"
    case promote, repoint, thaw, verify, finish

    /// Position in the order of a run, from 0.
    package var index: Int {
        switch self {
        case .preflight: 0
        case .prepare: 1
        case .freeze: 2
        case .fence: 3
        case .catchUp: 4
        case .promote: 5
        case .repoint: 6
        case .thaw: 7
        case .verify: 8
        case .finish: 9
        }
    }

    /// Whether a step here may change the world (architecture, table of phases).
    package var mayAct: Bool { self != .preflight && self != .verify }

    /// What the phase is for, as a sentence.
    package var summary: String {
        switch self {
        case .preflight: "Ask whether the run may begin; nothing is changed."
        case .prepare: "Change only what can be undone and what no client feels."
        case .freeze: "Let the clients wait. Whatever fails from here to `promote` is undone."
        case .fence: "Make sure that old cannot write any more."
        case .catchUp: "Wait until new has everything that old wrote."
        case .promote: "Make new the primary. The point of no return."
        case .repoint: "Lead the clients to new."
        case .thaw: "Let the clients go on."
        case .verify: "Ask whether new serves its clients; nothing is changed."
        case .finish: "Make old a standby of new, and tidy up."
        }
    }

    /// Whether a gate here is judged again and again until it passes or its deadline ends. Elsewhere once.
    package var awaitsGates: Bool { self == .catchUp || self == .verify }

    /// Whether a step here may be a best effort: nothing that a run rests on is done in these.
    package var mayTry: Bool { self == .prepare || self == .finish }

    package static func < (left: Phase, right: Phase) -> Bool { left.index < right.index }
}

/// Planned: the old primary is healthy and hands over. Emergency: it is lost or untrusted. Rejoin: a node that is not part of
/// the cluster any more comes back as a standby; its steps are built in, so no playbook has this mode.
package enum Mode: String, Hashable, Codable, Sendable, CaseIterable {
    case planned, emergency, rejoin

    /// The modes that a playbook can have.
    package static let ofPlaybooks = [Mode.planned, .emergency]

    /// What the mode means, as a sentence.
    package var summary: String {
        switch self {
        case .planned: "Old is healthy and hands over."
        case .emergency: "Old is lost or not to be trusted."
        case .rejoin: "Old comes back as a standby of new; `baton rejoin`, which needs no playbook."
        }
    }
}

/// Whom a step concerns, in words that fit both directions of a switchover.
package enum Role: String, Hashable, Codable, Sendable, CaseIterable {
    /// The primary before the run.
    case old
    /// The node that the run promotes.
    case new
    /// Every node but old and new.
    case others
    /// Every node.
    case all
    case poolers, proxies, names, routes

    /// Whom the role stands for, as a sentence.
    package var summary: String {
        switch self {
        case .old: "The primary before the run."
        case .new: "The node that the run promotes."
        case .others: "Every node but old and new."
        case .all: "Every node."
        case .poolers: "Every pooler."
        case .proxies: "Every TCP proxy."
        case .names: "Every DNS name."
        case .routes: "Every route by which clients arrive."
        }
    }

    /// The kind of thing that the role stands for.
    package var kind: TargetKind {
        switch self {
        case .old, .new, .others, .all: .node
        case .poolers: .pooler
        case .proxies: .proxy
        case .names: .name
        case .routes: .route
        }
    }
}
