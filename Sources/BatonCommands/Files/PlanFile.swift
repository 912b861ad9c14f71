import BatonCore
import BatonEngine
import BatonJournal
import BatonReports
import FoundationEssentials

/// A saved plan on disk, and whether it still holds.
struct PlanFile {
    let path: String
    let saved: SavedPlan

    /// Writes a plan in one piece: whoever reads the file finds the old one or the new one.
    static func save(_ basis: SavedPlan.Basis, _ plan: PlanReport, to path: String) throws -> SavedPlan {
        let saved = try SavedPlan(
            basis: basis, plan: plan, at: SystemClock.wallNow(), by: Person.name, sha256: Digest.sha256)
        do {
            try Data(try ReportJSON.text(saved).utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw CommandProblem(.error, "the plan cannot be saved as \(path): \(error)")
        }
        return saved
    }

    /// Reads a saved plan that is whole; a file that is not, or that was changed by hand, is refused (65).
    init(path: String) throws {
        self.path = path
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw CommandProblem(.badFile, "the saved plan \(path) cannot be read: \(error)")
        }
        guard let saved = try? JSONDecoder().decode(SavedPlan.self, from: data), saved.format == SavedPlan.format else {
            throw CommandProblem(
                .badFile, "\(path) is no saved plan (\(SavedPlan.format))",
                remedy: "baton plan PLAYBOOK --to SITE --out \(path)")
        }
        guard try saved.isWhole(sha256: Digest.sha256) else {
            throw CommandProblem(
                .badFile, "\(path) was changed after it was saved: its fingerprint is not that of its content",
                remedy: "save it again with baton plan --out")
        }
        self.saved = saved
    }

    /// Refuses when the files that the plan was made from have moved. Asks no server.
    func requireSameFiles(_ plan: Plan) throws {
        try refuse(saved.basis.movedFiles(to: try PlanLook.offline(plan)))
    }

    /// Refuses when anything has moved, by what the servers answer now.
    func requireSameWorld(_ plan: Plan) async throws {
        try refuse(saved.basis.moved(to: try await PlanLook.take(plan).basis))
    }

    private func refuse(_ moved: [SavedPlan.Moved]) throws {
        guard !moved.isEmpty else { return }
        let count = moved.count == 1 ? "1 thing has" : "\(moved.count) things have"
        let items = moved.map { "\n  \($0.item): was \($0.was), is \($0.now)" }.joined()
        throw CommandProblem(
            .refused,
            "refused, and nothing was changed: \(count) moved since \(saved.savedBy) saved \(path) at "
                + "\(saved.savedAt):\(items)",
            remedy: "look at what moved; then save and agree to a new plan with baton plan --out")
    }
}
