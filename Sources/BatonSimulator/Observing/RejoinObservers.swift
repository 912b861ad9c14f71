import BatonActions
import BatonCore

enum RejoinableObserver: SimulatedObserver {
    static func look(_ question: PostgresRejoinableProbe, _ sight: Sight) -> Seen<PostgresRejoinableProbe.Answer> {
        .problem("the simulator has no data directories")
    }
}
