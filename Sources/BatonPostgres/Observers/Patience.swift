import BatonCore
import BatonEngine

/// How a wait is divided between several who may answer.
enum Patience {
    /// How long a host is waited for where a fence of the topology's own can answer instead.
    private static let hostBesideFence = TimeSpan.seconds(2)
    /// A node that a fence proves to be off is asked all the same, for the fence may have switched off another machine:
    /// where it answers, it does so within this.
    static let contradiction = TimeSpan.seconds(1)

    /// For a host: a tenth is kept for saying why it did not answer, and more where there is somebody else to use or to ask.
    static func host(_ deadline: Deadline, besideFence: Bool) -> Deadline {
        let left = max(0, (deadline - SystemClock.now()).nanoseconds)
        if besideFence {
            return min(
                SystemClock.deadline(in: hostBesideFence), deadline - TimeSpan(nanoseconds: left / 2))
        }
        return deadline - TimeSpan(nanoseconds: left / 10)
    }
}
