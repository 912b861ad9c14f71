import FoundationEssentials
import Glibc

/// What an operator tells a run that is at work in another process: left in the run's directory and taken by its process.
package struct RunOrder: Hashable, Codable, Sendable {
    package enum Word: String, Hashable, Codable, Sendable, CaseIterable {
        /// A run that holds goes on.
        case goOn = "go-on"
        /// Take everything back, or go forward to the next rest: what Ctrl-C at the run's own terminal says.
        case abort
    }

    package var word: Word
    /// Who says so.
    package var by: String

    package init(_ word: Word, by: String) {
        self.word = word
        self.by = by
    }
}

extension RunDirectory {
    private static let orderFile = "order.json"

    /// Leaves an order; a later one replaces an earlier one that was not taken.
    package func post(_ order: RunOrder) throws {
        try write([UInt8](JSONEncoder().encode(order)), to: Self.orderFile)
    }

    /// Takes the order that lies there, if there is one. What cannot be read is taken away, too.
    package func takeOrder() -> RunOrder? {
        guard access(path(of: Self.orderFile), F_OK) == 0, let bytes = try? read(Self.orderFile) else { return nil }
        unlink(path(of: Self.orderFile))
        return try? JSONDecoder().decode(RunOrder.self, from: Data(bytes))
    }
}
