package import BatonCore

/// Scenarios that loaded, with the text they came from and what is worth saying although they load.
package struct LoadedScenarios: Sendable {
    package var file: ScenarioFile
    /// Warnings only, sorted.
    package var complaints: [Complaint]
    let source: SourceText
    /// How long its keys and values are.
    let extents: [Position: Int]
    /// What the file names and only a plan knows.
    let mentions: [ScenarioMention]

    /// As the caller gave it.
    package var path: String { source.path }
    package var text: String { source.text }
}

/// YAML text → `ScenarioFile`.
package enum ScenarioLoader {
    /// Reads a file, not the playbook or the topology that it names. Throws `LoadFailure` with every complaint, also when
    /// the file cannot be read. `faults` is all that the simulator knows.
    package static func load(path: String, faults: [FaultDeclaration]) throws -> LoadedScenarios {
        try load(SourceText.read(path: path), faults)
    }

    /// Reads a text. Relative paths in it become absolute from the directory of `path`.
    package static func parse(text: String, path: String, faults: [FaultDeclaration]) throws -> LoadedScenarios {
        try load(SourceText(bytes: Array(text.utf8), path: path), faults)
    }

    private static func load(_ source: SourceText, _ faults: [FaultDeclaration]) throws -> LoadedScenarios {
        let complaints = Complaints(source)
        let root = try Header.root(of: .scenarios, complaints)
        var form = ScenarioForm(complaints: complaints, faults: faults, paths: FilePaths(of: source.path))
        let file = form.read(root)
        try complaints.throwErrors()
        guard let file else { throw LoadFailure(complaints: complaints.sorted) }
        return LoadedScenarios(
            file: file, complaints: complaints.sorted, source: source, extents: complaints.extents,
            mentions: form.mentions)
    }
}
