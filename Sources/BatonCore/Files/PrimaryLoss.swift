/// How the primary of an emergency was lost, or why somebody thinks so: what a simulated emergency begins with.
package enum PrimaryLoss: String, Hashable, Codable, Sendable, CaseIterable {
    case killed
    case hung
    case isolated
    case stopped
    case orphaned
    case alive

    /// What it is, as a sentence.
    package var summary: String {
        switch self {
        case .killed: "All of its processes ended at once; its host answers."
        case .hung: "It takes connections and answers nothing; its host answers."
        case .isolated: "It lives and writes for whoever reaches it; neither it nor its host answers from elsewhere."
        case .stopped: "It shut down cleanly, and its standbys received all of it; its host answers."
        case .orphaned: "Its postmaster died, and sessions that were open go on writing; its host answers."
        case .alive: "It is not lost at all."
        }
    }
}
