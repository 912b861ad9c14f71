/// What is to be done from the promotion on when a target of an action does not stay as the action left it: the action, again
/// and at once. A fence whose node accepts writes again is the case that it exists for.
package struct StandingOrder: Hashable, Sendable {
    /// The observed fact that calls for the action: `west-db accepts writes`.
    package var broken: Change
    /// What is owed from then on, besides the action itself.
    package var owed: ObligationTerms

    package init(when broken: Change, owed: ObligationTerms) {
        self.broken = broken
        self.owed = owed
    }
}
