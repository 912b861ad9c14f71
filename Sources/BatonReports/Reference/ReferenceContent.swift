package import BatonCore

/// All that the reference pages are made from: the very declarations that the program runs by.
package struct ReferenceContent: Sendable {
    /// One kind of file: its name, the table of its root, and what it is for.
    package struct File: Hashable, Sendable {
        package var name: String
        package var summary: String
        package var keys: KeyTable

        package init(_ name: String, _ summary: String, _ keys: KeyTable) {
            self.name = name
            self.summary = summary
            self.keys = keys
        }
    }

    package var catalogue: Catalogue
    package var files: [File]
    package var faults: [FaultDeclaration]
    /// The status of the process, as a number, and what it means.
    package var exits: [WordDeclaration]
    package var codes: [CodeExplanation]

    package init(
        catalogue: Catalogue, files: [File], faults: [FaultDeclaration], exits: [WordDeclaration],
        codes: [CodeExplanation]
    ) {
        self.catalogue = catalogue
        self.files = files
        self.faults = faults
        self.exits = exits
        self.codes = codes
    }
}

/// One page of the reference: Markdown, and where it lies below the reference's directory.
package struct ReferencePage: Hashable, Sendable {
    /// Stands at the end of every page: what lacks it is somebody else's file, to be neither replaced nor removed.
    package static let mark = "<!-- Written by `baton docs --reference`. -->"

    package var path: String
    package var text: String

    init(path: String, text: String) {
        self.path = path
        self.text = "\(text)\n\(Self.mark)\n"
    }
}

extension ReferenceContent {
    /// Every page, the index first.
    package func pages() -> [ReferencePage] {
        let actions = catalogue.actions.map {
            ReferencePage(path: "Actions/\($0.id).md", text: ActionPage(definition: $0, content: self).text)
        }
        let gates = catalogue.gates.map {
            ReferencePage(path: "Gates/\($0.id).md", text: GatePage(definition: $0, content: self).text)
        }
        let files = files.map {
            ReferencePage(path: "\($0.name).md", text: KeyPage(file: $0, content: self).text)
        }
        let others = [
            ReferencePage(path: "Words.md", text: WordsPage(content: self).text),
            ReferencePage(path: "Codes.md", text: CodesPage(codes: codes).text),
        ]
        return [ReferencePage(path: "README.md", text: index)] + files + others + actions + gates
    }

    private var index: String {
        var page = Markdown("Reference")
        page.paragraph(
            "What a playbook, a topology and a scenario file may say. These pages are written by `make schema` from the "
                + "declarations that the program itself runs by; do not edit them.")
        page.table(
            ["page", "what it lists"],
            files.map { [Markdown.link("\($0.name).md"), $0.summary] } + [
                [Markdown.link("Words.md"), "Units, roles, modes, phases, outcomes, and the process's exit status."],
                [
                    Markdown.link("Codes.md"),
                    "Every code of `baton check`, why it is there, and what is right instead.",
                ],
            ])
        page.heading("Actions")
        page.table(
            ["action", "on", "what it does"],
            catalogue.actions.map {
                [Markdown.link("Actions/\($0.id).md", $0.id.rawValue), $0.kind.rawValue, $0.summary]
            })
        page.heading("Gates")
        page.table(
            ["gate", "on", "when it passes"],
            catalogue.gates.map { [Markdown.link("Gates/\($0.id).md", $0.id.rawValue), $0.kind.rawValue, $0.summary] })
        return page.text
    }
}
