package import BatonCore

/// What earlier runs of a playbook tell of the next one: medians, so that one odd run does not spoil them. Runs that did not
/// complete are no measure of one that does.
package struct RunHistory: Sendable {
    private let records: [RunRecord]

    /// - Parameter records: runs of one playbook on one topology, in either direction; those that did not complete are
    ///   left out.
    package init(_ records: [RunRecord]) {
        self.records = records.filter {
            $0.outcome == .completed || $0.outcome == .completedWithObligations
        }
    }

    /// Completed runs.
    package var count: Int { records.count }

    /// How long a step took, over all targets that it was done on; nil when it never was.
    package func duration(of step: StepID) -> TimeSpan? {
        Self.median(
            records.flatMap { record in
                record.steps.compactMap { item in
                    guard item.id.step == step, case .done? = item.outcome else { return nil }
                    return item.endedAt.map { $0 - item.startedAt }
                }
            })
    }

    /// The longest gap between acknowledged writes; nil when nobody measured it.
    package var writePause: TimeSpan? { Self.median(records.compactMap { $0.machine.measurements?.writePause }) }

    package var recoveryTime: TimeSpan? { Self.median(records.compactMap { $0.machine.measurements?.recoveryTime }) }

    /// The middle one; of an even number the mean of the middle two.
    static func median(_ spans: [TimeSpan]) -> TimeSpan? {
        guard !spans.isEmpty else { return nil }
        let sorted = spans.sorted()
        let (low, high) = (sorted[(sorted.count - 1) / 2], sorted[sorted.count / 2])
        return TimeSpan(nanoseconds: low.nanoseconds + (high - low).nanoseconds / 2)
    }
}
