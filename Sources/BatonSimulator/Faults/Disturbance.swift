/// A fault that is told by what it does, and by nothing else: a definition value. Two of the same words are the same.
package struct Disturbance: Hashable, Sendable {
    /// What happens, for the story: `east-db lags (40.00 s)`.
    package let what: String
    /// Notes whom it hurts.
    let hurt: @Sendable (inout Harm) -> Void
    let strike: @Sendable (inout Simulation) -> Void

    init(
        _ what: String, hurt: @escaping @Sendable (inout Harm) -> Void,
        strike: @escaping @Sendable (inout Simulation) -> Void
    ) {
        self.what = what
        self.hurt = hurt
        self.strike = strike
    }

    package static func == (left: Disturbance, right: Disturbance) -> Bool { left.what == right.what }
    package func hash(into hasher: inout Hasher) { hasher.combine(what) }
}
