package import BatonCore

/// A topology that loaded, with the text it came from and what is worth saying although it loads.
package struct LoadedTopology: Hashable, Sendable {
    package var topology: Topology
    /// As the caller gave it.
    package var path: String
    /// The file's text, for the run directory; it holds references to secrets, never secrets.
    package var text: String
    /// Warnings only, sorted.
    package var complaints: [Complaint]
}

/// YAML text → `Topology`.
package enum TopologyLoader {
    /// Reads a file. Throws `LoadFailure` with every complaint, also when the file cannot be read.
    package static func load(path: String) throws -> LoadedTopology {
        try load(SourceText.read(path: path))
    }

    /// Reads a text. Relative paths in it become absolute from the directory of `path`.
    package static func parse(text: String, path: String) throws -> LoadedTopology {
        try load(SourceText(bytes: Array(text.utf8), path: path))
    }

    private static func load(_ source: SourceText) throws -> LoadedTopology {
        let complaints = Complaints(source)
        let root = try Header.root(of: .topology, complaints)
        SecretLines.hide(in: root, complaints)
        complaints.showsLines = true
        let topology = TopologyForm(complaints: complaints, paths: FilePaths(of: source.path)).read(root)
        try complaints.throwErrors()
        guard let topology else { throw LoadFailure(complaints: complaints.sorted) }
        return LoadedTopology(
            topology: topology, path: source.path, text: source.text, complaints: complaints.sorted)
    }
}
