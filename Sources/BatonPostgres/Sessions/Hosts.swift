import BatonCore
package import BatonEngine

/// Finds the host of a node or a pooler. Nil means that Baton has no access to it.
package struct Hosts: Sendable {
    private let databases: @Sendable (String) -> (any DatabaseHost)?
    private let fileHosts: @Sendable (String) -> (any FileHost)?
    private let lost: LostTargets
    private let ownFences: @Sendable (String) -> (any Fencing)?

    /// - Parameter lost: what is not asked.
    package init(
        databases: @escaping @Sendable (_ node: String) -> (any DatabaseHost)?,
        files: @escaping @Sendable (_ pooler: String) -> (any FileHost)?,
        fences: @escaping @Sendable (_ node: String) -> (any Fencing)? = { _ in nil },
        lost: LostTargets = LostTargets()
    ) {
        self.databases = databases
        self.fileHosts = files
        self.ownFences = fences
        self.lost = lost
    }

    package func database(_ node: String) -> (any DatabaseHost)? {
        guard let host = databases(node) else { return nil }
        return lost.refusal(ofHost: .node(node)).map(LostHost.init) ?? host
    }

    /// The topology's own fence of a node: a power switch is asked whatever site is lost.
    package func fence(_ node: String) -> (any Fencing)? { ownFences(node) }

    package func files(_ pooler: String) -> (any FileHost)? {
        guard let host = fileHosts(pooler) else { return nil }
        return lost.refusal(ofHost: .pooler(pooler)).map(LostHost.init) ?? host
    }
}
