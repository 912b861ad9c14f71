#if DEBUG || BATON_REMOVALS
    import BatonCore

    extension Mutant {
        /// Why nobody can notice: what else stands there. Nil where somebody must.
        package var cover: String? {
            switch self {
            case .record(.gateAwaited), .record(.stepAwaited): "pure waiting is never recorded"
            case .transition(.stepAdopted), .record(.stepAdopted):
                "it settles a step within the transitions of a takeover and is none itself; see `nothing-adopted`"
            case .transition(.refusedUnchanged), .record(.refusedUnchanged):
                "the first steps of the shipped playbook want nothing, so it cannot come there; see `no-undo`"
            case .check(.bindingGuessed): "the gates of preflight are asked of the nodes that were assumed, and refuse"
            case .check(.lateAnswerCounts): "each question is answered once before the next one is asked"
            case .check(.barredTriesAgain): "the performer proves the lease before each try, and refuses again"
            case .check(.routingStops): "whoever can write again was let go by its own repoint; see `no-early-thaw`"
            case .check(.thawAtOnce): "condition 1 of `pgbouncer.resume`"
            case .settlement("postgres.checkpoint"):
                "it has no effect that could be seen; the server's answer settles it"
            case .condition("postgres.promote", 0): "condition 2: a server that has the marker starts as a standby"
            case .condition("postgres.promote", 3): "the gate that proves it must have passed"
            default: nil
            }
        }
    }
#endif
