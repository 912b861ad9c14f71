import BatonCore

/// What has gone wrong so far, as far as it excuses what a run may do.
struct Harm: Hashable, Sendable {
    /// Nodes and poolers that died, hung or were cut off: one bit each.
    var nodes: UInt64 = 0
    var poolers: UInt64 = 0
    var network = false
    /// Steps whose performance was disturbed.
    var steps: Set<StepID> = []
    /// Whether one of them was an undo: what takes back is tried until its own deadline, whatever the budget says (R2).
    var undo = false
    /// How the world was made ill before the run.
    var defects: Set<WorldDefect> = []
    /// Baton's own processes.
    var baton = false
    var guardian = false
    var disk = false
    /// Somebody started a node as a second primary.
    var forcedWriter = false
    var interrupt = false
    /// A promotion ends without a timeline of its own: nothing that Baton may do leads on from there.
    var promotesInPlace = false

    /// Whether a server, a pooler or the network was hurt.
    var hurtsServers: Bool { nodes != 0 || poolers != 0 || network }

    var isNone: Bool { self == Harm() }
}
