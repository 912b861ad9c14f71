import BatonCore

extension Course {
    /// Every finding that needs no more than a playbook. (Whatever an emergency cannot keep is asked of planned runs only.)
    var findings: [SafetyFinding] {
        freezeFindings + thawFindings + promotionFindings + undoFindings + workFindings + gatePlaceFindings
            + limitFindings + budgetFindings + deadlineFindings + objectiveFindings + verifyFindings + endFindings
    }

    var isPlanned: Bool { plan.mode == .planned }
}
