/// What an operator says to a run that is at work.
package enum OperatorWord: Hashable, Sendable {
    /// Ctrl-C or SIGTERM, by name. A second one ends the process at once; the guard then goes on.
    case interrupt(by: String)
    /// `baton abort` from elsewhere; however often it is said, the process lives on.
    case abort(by: String)
    /// `baton resume` from elsewhere, or Enter at the terminal: a run that holds goes on.
    case goOn(by: String)
}
