package import BatonEngine

/// Finds the host of a node or a pooler. Nil means that Baton has no access to it.
package struct Hosts: Sendable {
    private let databases: @Sendable (String) -> (any DatabaseHost)?
    private let fileHosts: @Sendable (String) -> (any FileHost)?
    private let ownFences: @Sendable (String) -> (any Fencing)?

    package init(
        databases: @escaping @Sendable (_ node: String) -> (any DatabaseHost)?,
        files: @escaping @Sendable (_ pooler: String) -> (any FileHost)?,
        fences: @escaping @Sendable (_ node: String) -> (any Fencing)? = { _ in nil }
    ) {
        self.databases = databases
        self.fileHosts = files
        self.ownFences = fences
    }

    package func database(_ node: String) -> (any DatabaseHost)? { databases(node) }
    /// The topology's own fence of a node.
    package func fence(_ node: String) -> (any Fencing)? { ownFences(node) }
    package func files(_ pooler: String) -> (any FileHost)? { fileHosts(pooler) }
}
