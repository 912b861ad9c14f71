/// What is to be done from the promotion on when a target of an action does not stay as the action left it: the action, again
/// and at once. A fence whose node accepts writes again is the case that it exists for.
package struct StandingOrder: Hashable, Sendable {
    /// What calls for the action: every fact of any one of these, as it is observed. `west-db accepts writes`, or what makes it
    /// do so before long.
    package var broken: [[Change]]
    /// What is owed from then on, besides the action itself.
    package var owed: ObligationTerms

    package init(when broken: [[Change]], owed: ObligationTerms) {
        self.broken = broken
        self.owed = owed
    }
}
