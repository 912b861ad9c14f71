/// Why the lab could not do what was asked, and what to do about it.
package struct LabError: Error, Hashable, Sendable, CustomStringConvertible {
    package var message: String
    /// A command or an action for the person; empty when the message says all.
    package var remedy: String

    package init(_ message: String, remedy: String = "") {
        self.message = message
        self.remedy = remedy
    }

    package var description: String { remedy.isEmpty ? message : "\(message)\n  remedy: \(remedy)" }
}
