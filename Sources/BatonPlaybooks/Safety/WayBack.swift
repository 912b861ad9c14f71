import BatonCore

/// The way back from one point of a course: what was done until there, and the calls that take it back, as the run machine
/// makes them, the last group first.
struct WayBack: Sendable {
    struct Step: Sendable {
        /// What it takes back.
        var undone: Move
        var call: Call
        var before: World
        var after: World
        /// A condition of the call that does not hold then.
        var broken: Condition?
    }

    /// What was done before, its last move perhaps in part.
    let done: [Move]
    private(set) var steps: [Step] = []
    private(set) var end: World

    init(of done: [Move], to world: World, in course: Course) {
        self.done = done
        end = world
        let groups = Set(done.map(\.group)).sorted(by: >)
        for move in groups.flatMap({ group in done.filter { $0.group == group }.reversed() }) {
            guard case .call(let call) = move.undo, let action = course.catalogue.action(call.action) else { continue }
            let before = end
            let broken = action.requires(call, course.scope, course.plan.mode).first { end.judge($0) != .holds }
            if broken == nil {
                for change in action.changes(call, course.scope) { end.learn(change, basis: .assumed) }
            }
            steps.append(Step(undone: move, call: call, before: before, after: end, broken: broken))
            // The machine stops at the first undo that fails.
            if broken != nil { break }
        }
    }
}

extension Course {
    /// The way back from every point before the one of no return: behind every action, and in the middle of each, because
    /// a crash leaves any first part of its changes. The shortest come first.
    var waysBack: [WayBack] {
        let reversible = acts.prefix { !$0.isPointOfNoReturn && $0.step.phase < .promote }
        return reversible.indices.flatMap { last in
            let done = Array(reversible[...last])
            let changes = reversible[last].changes
            return (0...changes.count).map { count in
                var world = reversible[last].before
                for change in changes.prefix(count) { world.learn(change, basis: .assumed) }
                return WayBack(of: done, to: world, in: self)
            }
        }
    }

    /// The way back from the end of a phase before the promotion.
    func wayBack(after phase: Phase) -> WayBack {
        let done = acts.filter { $0.step.phase <= phase }
        return WayBack(of: done, to: world(after: phase), in: self)
    }
}
