import BatonCore
import Testing

@testable import BatonPlaybooks

/// How far a JSON Schema sees.
enum SchemaReach {
    /// What no schema can say: what concerns several places of a file, the order of keys, and what a run would do.
    static let beyond: Set<ComplaintCode> = Set(ComplaintCode.orderExplanations.keys).union([
        .phaseOrder, .duplicateStep, .reserveTooLong, .unknownSite, .unknownPooler, .unknownDatabase, .duplicateSlot,
        .duplicateAddress, .duplicatePath, .stepNeverRuns, .tokenWithoutTLS,
        .fenceProvesNothing,
    ])

    /// Whether a schema can see what the complaint is about.
    private static func isWithin(_ complaint: Complaint) throws -> Bool {
        let code = try #require(ComplaintCode(rawValue: complaint.code))
        let plain = Instance(plain: complaint.culprit)
        switch code {
        // An editor's parser reads YAML 1.2: `no` is a text for it, and `012` a number like any other.
        case .ambiguousScalar:
            if complaint.message.contains("a whole number") { return false }
            if complaint.message.contains("empty or null") { return true }
            // Text or not, it is no name of the list.
            if ["The action's name", "The gate's name", "The fault's name"].contains(where: complaint.message.hasPrefix)
            {
                return true
            }
            if case .text = plain { return false }
            return true
        // A pattern of a duration knows no bounds.
        case .outOfRange: return complaint.culprit.allSatisfy(\.isNumber)
        // Draft 07 takes `1e1` for an integer.
        case .notWhole: return !(complaint.message.contains("is a whole number;") && plain.types.contains("integer"))
        // How long a duration is, a pattern does not see.
        case .bestEffortDeadline: return complaint.message.contains("missing")
        case .duplicateName: return complaint.message.contains("twice")
        default: return !beyond.contains(code)
        }
    }

    /// The errors that a schema can see.
    static func within(_ complaints: [Complaint]) throws -> [Complaint] {
        try complaints.filter { try $0.severity == .error && isWithin($0) }
    }
}
