package import BatonEngine

/// Finds the host of a node or a pooler. Nil means that Baton has no access to it.
package struct Hosts: Sendable {
    private let databases: @Sendable (String) -> (any DatabaseHost)?
    private let fileHosts: @Sendable (String) -> (any FileHost)?

    package init(
        databases: @escaping @Sendable (_ node: String) -> (any DatabaseHost)?,
        files: @escaping @Sendable (_ pooler: String) -> (any FileHost)?
    ) {
        self.databases = databases
        self.fileHosts = files
    }

    package func database(_ node: String) -> (any DatabaseHost)? { databases(node) }
    package func files(_ pooler: String) -> (any FileHost)? { fileHosts(pooler) }
}
