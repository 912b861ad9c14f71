import BatonActions
import BatonCore

enum SettingsParityObserver: SimulatedObserver {
    static func look(
        _ question: PostgresSettingsParityProbe, _ sight: Sight
    ) -> Seen<PostgresSettingsParityProbe.Answer> {
        ask(question.new, question.old, sight) { new, _ in
            .init(
                new: question.new, old: question.old,
                pairs: PostgresSettingsParity.names.map {
                    .init($0, new: new.defects.lowSettings && $0 == "max_connections" ? 50 : 100, old: 100)
                }, pendingOnNew: [], pendingOnOld: [])
        }
    }
}

enum SynchronousObserver: SimulatedObserver {
    static func look(_ question: PostgresSynchronousProbe, _ sight: Sight) -> Seen<PostgresSynchronousProbe.Answer> {
        ask(question.node, sight) { .init(node: question.node, names: $0.defects.synchronousNames ? "elsewhere" : "") }
    }
}

enum LogicalSlotsObserver: SimulatedObserver {
    static func look(_ question: PostgresLogicalSlotsProbe, _ sight: Sight) -> Seen<PostgresLogicalSlotsProbe.Answer> {
        ask(question.node, sight) { .init(node: question.node, slots: $0.defects.logicalSlot ? ["subscriber"] : []) }
    }
}

enum TransactionsObserver: SimulatedObserver {
    static func look(_ question: PostgresTransactionsProbe, _ sight: Sight) -> Seen<PostgresTransactionsProbe.Answer> {
        ask(question.node, sight) { node in
            var answer = PostgresTransactionsProbe.Answer(node: question.node, open: [], prepared: [])
            if let end = node.defects.openUntil, end > sight.truth.now {
                answer.open = [
                    .init(pid: 812, user: "app", database: "app", state: "active", age: .seconds(60))
                ]
            }
            if node.defects.preparedTransaction {
                answer.prepared = [.init(identifier: "order-7", owner: "app", database: "app", age: .seconds(90))]
            }
            return answer
        }
    }
}

enum ArchiverObserver: SimulatedObserver {
    static func look(_ question: PostgresArchiverProbe, _ sight: Sight) -> Seen<PostgresArchiverProbe.Answer> {
        ask(question.node, sight) {
            .init(node: question.node, mode: "on", ready: $0.defects.archiverStuck ? 4_000 : 0, failing: false)
        }
    }
}
