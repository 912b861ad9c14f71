import BatonActions
import BatonCore

// A rejoin is no failover: the simulator plays none, and its servers have no data directories to remake.

enum SimulatedRealign: SimulatedPerformer {
    typealias Performs = Realign

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        .done(.failed("the simulator has no data directories"))
    }
}

enum SimulatedReconnect: SimulatedPerformer {
    typealias Performs = Reconnect

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        .done(.failed("the simulator has no data directories"))
    }
}
