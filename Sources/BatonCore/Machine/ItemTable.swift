/// The steps that have begun, each on one of its targets: found by name, and walked in the order in which they began. It
/// counts those at work, because after every event the run asks whether there is one.
package struct ItemTable: Hashable, Sendable {
    /// In the order in which they began; what begins again goes to the end.
    package private(set) var inOrder: [StepMachine] = []
    /// Where each of them stands in that order.
    private var positions: [ItemID: Int] = [:]
    /// Out of the order, so that nothing waits for them, but remembered: an undo counts its tries by them.
    private var setAside: [StepMachine] = []
    /// How many in the order are not settled.
    private(set) var countAtWork = 0

    package init() {}

    /// The step of that name. A new one goes to the end of the order; `nil` forgets it.
    package internal(set) subscript(id: ItemID) -> StepMachine? {
        get {
            if let position = positions[id] { return inOrder[position] }
            return setAside.first { $0.id == id }
        }
        set {
            guard let item = newValue else { return forget(id) }
            if let position = positions[id] {
                countAtWork += (item.isSettled ? 0 : 1) - (inOrder[position].isSettled ? 0 : 1)
                inOrder[position] = item
            } else if let index = setAside.firstIndex(where: { $0.id == id }) {
                setAside[index] = item
            } else {
                begin(item)
            }
        }
    }

    func contains(_ id: ItemID) -> Bool { positions[id] != nil || setAside.contains { $0.id == id } }

    /// Puts a step at the end of the order, in the place of whatever had its name.
    mutating func begin(_ item: StepMachine) {
        if contains(item.id) { forget(item.id) }
        positions[item.id] = inOrder.count
        inOrder.append(item)
        if !item.isSettled { countAtWork += 1 }
    }

    /// Changes a step where it stands.
    mutating func update(_ id: ItemID, _ change: (inout StepMachine) -> Void) {
        if let position = positions[id] {
            countAtWork -= inOrder[position].isSettled ? 0 : 1
            change(&inOrder[position])
            countAtWork += inOrder[position].isSettled ? 0 : 1
        } else if let index = setAside.firstIndex(where: { $0.id == id }) {
            change(&setAside[index])
        }
    }

    /// Takes steps out of the order and remembers them.
    mutating func setAside(where isMeant: (StepMachine) -> Bool) {
        for item in inOrder where isMeant(item) {
            forget(item.id)
            setAside.append(item)
        }
    }

    private mutating func forget(_ id: ItemID) {
        if let position = positions.removeValue(forKey: id) {
            if !inOrder.remove(at: position).isSettled { countAtWork -= 1 }
            for later in position..<inOrder.count { positions[inOrder[later].id] = later }
        } else if !setAside.isEmpty {
            setAside.removeAll { $0.id == id }
        }
    }
}

/// As a dictionary, for whoever looks at a run from outside: those in the order first.
extension ItemTable: Sequence {
    package func makeIterator() -> some IteratorProtocol<(key: ItemID, value: StepMachine)> {
        values.map { (key: $0.id, value: $0) }.makeIterator()
    }

    package var values: [StepMachine] { setAside.isEmpty ? inOrder : inOrder + setAside }
    package var keys: [ItemID] { values.map(\.id) }
}
