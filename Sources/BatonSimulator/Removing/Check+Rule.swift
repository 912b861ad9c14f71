#if DEBUG || BATON_REMOVALS
    import BatonCore

    extension Check {
        /// The rule that the check stands behind.
        var rule: Rule {
            switch self {
            case .bindingGuessed: .slotsUnbound
            case .rivalsIgnored: .alreadyThere
            case .gateIgnored: .gateRefused
            case .notAwaited: .gateAwaited
            case .preflightIgnored: .preflightRefused
            case .conditionIgnored, .unknownConditionHolds, .blindPromotion, .latePromotion: .conditionBroken
            case .notFresh: .stepAnnounced
            case .noReserve, .wordBelieved, .lateAnswerCounts: .stepReported
            case .notDoneIsDone, .barredTriesAgain, .earlierTryForgotten: .stepFailed
            case .unknownIsDone: .stepUnknown
            case .divergedIsDone: .stepDiverged
            case .triesForEver, .noForwardRetry: .stepRetried
            case .noPointOfNoReturn: .promotionAnnounced
            case .noUndo: .refusedUnchanged
            case .undoFailureIgnored: .undoFailed
            case .noHalt, .routingStops, .noEarlyThaw: .halted
            case .owedForgotten, .obligationsUnarmed, .dischargedUnseen: .obligationsLeft
            case .interruptIgnored: .interruptNoted
            case .leaseLossIgnored, .fenceIsLoss: .leaseLost
            case .decidesAnything: .decidedRetry
            case .declaredUnseen: .decidedDone
            case .anythingSkipped: .decidedSkip
            case .returnsAlways: .decidedReturn
            case .takeoverBelieves, .abortAlways, .haltIsTaken: .takenOver
            case .takeoverDropsChanges: .takeoverUnchanged
            case .takeoverNeverGoesBack, .gatesNotAnew: .takeoverRestarts
            case .takeoverNeverGoesOn: .takeoverRestarts
            case .takeoverAlwaysGoesBack, .promotionFoundIgnored, .thawAtOnce: .takeoverGoesOn
            case .nothingAdopted: .stepAdopted
            case .unguardedFreeze: .guardLost
            case .guardNotAwaited: .guardArmed
            case .noHold: .holdBegan
            case .holdForEver: .holdOver
            case .partIsWhole: .measured
            }
        }
    }
#endif
