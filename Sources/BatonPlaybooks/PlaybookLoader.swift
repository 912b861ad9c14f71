package import BatonCore

/// A playbook that loaded, with the text it came from and what is worth saying although it loads.
package struct LoadedPlaybook: Hashable, Sendable {
    package var playbook: Playbook
    /// As the caller gave it.
    package var path: String
    /// The file's text, for the run directory and the fingerprint.
    package var text: String
    /// Warnings only, sorted.
    package var complaints: [Complaint]

    package init(playbook: Playbook, path: String, text: String, complaints: [Complaint]) {
        self.playbook = playbook
        self.path = path
        self.text = text
        self.complaints = complaints
    }
}

/// YAML text → `Playbook`.
package enum PlaybookLoader {
    /// Reads a file. Throws `LoadFailure` with every complaint, also when the file cannot be read.
    package static func load(path: String, catalogue: Catalogue) throws -> LoadedPlaybook {
        try load(SourceText.read(path: path), catalogue: catalogue)
    }

    /// Reads a text. `path` appears in complaints only.
    package static func parse(text: String, path: String, catalogue: Catalogue) throws -> LoadedPlaybook {
        try load(SourceText(bytes: Array(text.utf8), path: path), catalogue: catalogue)
    }

    private static func load(_ source: SourceText, catalogue: Catalogue) throws -> LoadedPlaybook {
        let complaints = Complaints(source)
        let root = try Header.root(of: .playbook, complaints)
        let form = PlaybookForm(complaints: complaints, catalogue: catalogue).read(root)
        // Safety is judged on steps that are what their author meant; a misspelt fence is not a missing one.
        if let form, form.areStepsSound {
            PlaybookSafety.examine(form, catalogue: catalogue, complaints)
        }
        try complaints.throwErrors()
        guard let playbook = form?.playbook else { throw LoadFailure(complaints: complaints.sorted) }
        return LoadedPlaybook(
            playbook: playbook, path: source.path, text: source.text, complaints: complaints.sorted)
    }
}
