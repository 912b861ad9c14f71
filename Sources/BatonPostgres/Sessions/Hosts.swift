import BatonCore
package import BatonEngine

/// Finds the host of a node or a pooler. Nil means that Baton has no access to it.
package struct Hosts: Sendable {
    private let databases: @Sendable (String) -> (any DatabaseHost)?
    private let fileHosts: @Sendable (String) -> (any FileHost)?
    private let lost: LostTargets

    /// - Parameter lost: what is not asked.
    package init(
        databases: @escaping @Sendable (_ node: String) -> (any DatabaseHost)?,
        files: @escaping @Sendable (_ pooler: String) -> (any FileHost)?, lost: LostTargets = LostTargets()
    ) {
        self.databases = databases
        self.fileHosts = files
        self.lost = lost
    }

    package func database(_ node: String) -> (any DatabaseHost)? {
        guard let host = databases(node) else { return nil }
        return lost.refusal(ofHost: .node(node)).map(LostHost.init) ?? host
    }

    package func files(_ pooler: String) -> (any FileHost)? {
        guard let host = fileHosts(pooler) else { return nil }
        return lost.refusal(ofHost: .pooler(pooler)).map(LostHost.init) ?? host
    }
}
