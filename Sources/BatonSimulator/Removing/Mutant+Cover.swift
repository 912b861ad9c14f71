#if DEBUG || BATON_REMOVALS
    import BatonCore

    extension Mutant {
        /// Why no seed shows it: what else stands there, or that no checker notices yet. Nil where one must.
        package var cover: String? {
            switch self {
            case .check(.bindingGuessed): "the gates of preflight are asked of the nodes that were assumed, and refuse"
            case .check(.lateAnswerCounts): "each question is answered once before the next one is asked"
            case .check(.barredTriesAgain): "the performer proves the lease before each try, and refuses again"
            case .check(.routingStops): "whoever can write again was let go by its own repoint; see `no-early-thaw`"
            case .check(.thawAtOnce): "condition 1 of `pgbouncer.resume`"
            case .condition("postgres.promote", 0), .condition("postgres.promote", 1),
                .condition("postgres.promote", 2):
                "who starts old again breaks more than one of conditions 1 to 3"
            case .condition("postgres.follow", 0), .condition("postgres.rejoin", 1), .condition("postgres.rejoin", 2):
                "nobody comes to `finish` before new is verified"
            case .condition("postgres.follow", 1): "nothing makes a third node a primary in the simulator"
            case .condition("postgres.start", 0):
                "not by seeds: it takes a promotion that takes effect after the run was led back"
            case .check(.promotionFoundIgnored):
                "not by seeds: it takes a promotion that takes effect after the run was led back"
            case .check(.earlierTryForgotten):
                "not by seeds: no simulated server acts on an order that was seen not to have been obeyed"
            case .check(.unknownConditionHolds):
                "who is silent is heard of at the deadline, when the budget is spent; see `late-promotion`"
            case .condition("postgres.promote", 3): "the gate that proves it must have passed"
            case .transition(.watchKept), .transition(.fencedAgain), .transition(.returnedUnfenced),
                .transition(.divergenceMeasured), .record(.fencedAgain), .record(.returnedUnfenced),
                .record(.divergenceMeasured):
                "no action of a planned playbook is a standing order"
            case .check(.blindPromotion), .condition("postgres.rejoin", 0), .gate("canary.ready"),
                .gate("postgres.apply-delay"), .gate("postgres.host"), .gate("postgres.identity"),
                .gate("postgres.recovery-target"), .gate("postgres.replay-paused"),
                .gate("postgres.settings-parity"), .gate("postgres.streaming"), .gate("postgres.transactions"),
                .gate("postgres.replayed-shutdown-checkpoint"), .gate("postgres.version"):
                "**nobody yet** within 5,000 seeds"
            default: nil
            }
        }
    }
#endif
