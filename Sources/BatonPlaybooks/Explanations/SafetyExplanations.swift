extension Explanation {
    /// What `StaticSafety` finds in playbooks that load.
    static let safety = safetyOfOrder.merging(safetyOfEnds) { first, _ in first }
}
