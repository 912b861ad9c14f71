/// Who can send to whom. A cut is one-way; packets vanish, nobody gets a reset.
struct Network: Hashable, Sendable {
    /// A place that sends and receives.
    enum Place: Hashable, Sendable {
        /// Baton, its guard and whoever takes over: they run on one host.
        case baton
        case clients
        case node(Int)
        /// The host of a node: its process table and its files.
        case host(Int)
        case pooler(Int)

        fileprivate var bit: Int {
            switch self {
            case .baton: 0
            case .clients: 1
            case .node(let index): 2 + index
            case .host(let index): 18 + index
            case .pooler(let index): 34 + index
            }
        }
    }

    private var cuts: [Int: UInt64] = [:]

    var isWhole: Bool { cuts.isEmpty }

    func delivers(from: Place, to: Place) -> Bool {
        guard !cuts.isEmpty, let cut = cuts[from.bit] else { return true }
        return cut & (1 << UInt64(to.bit)) == 0
    }

    /// Whether a question gets there and its answer comes back.
    func connects(_ one: Place, _ other: Place) -> Bool {
        cuts.isEmpty || delivers(from: one, to: other) && delivers(from: other, to: one)
    }

    mutating func cut(from: Place, to: Place) { cuts[from.bit, default: 0] |= 1 << UInt64(to.bit) }

    mutating func heal() { cuts = [:] }
}
