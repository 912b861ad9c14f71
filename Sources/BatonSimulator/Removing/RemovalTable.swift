#if DEBUG || BATON_REMOVALS
    package import BatonCore

    /// What was taken out of Baton, who noticed, and how many seeds that took: the page `Simulator-Removals.md`.
    package struct RemovalTable: Equatable, Sendable {
        package struct Row: Equatable, Sendable {
            package var rule: Rule
            package var what: String
            package var checker: String
            /// How many seeds were needed, which is the number of the one that showed it; nil: none is.
            package var seed: UInt64?
        }

        package var rows: [Row]

        package init(_ rows: [Row]) { self.rows = rows }

        package var markdown: String {
            var lines = [
                "# What the simulator misses",
                "",
                "Each rule, record, check, settlement, condition and gate is taken out of Baton, one at a time. Seeds of the",
                "simulator are played from 1 on until a checker notices. `make removals` hunts anew; every run of the tests",
                "plays the seeds named here again.",
                "",
                summary,
                "",
                "| rule | taken out | noticed by | seeds |",
                "|---|---|---|---|",
            ]
            for rule in Rule.allCases {
                for row in rows where row.rule == rule {
                    lines.append(
                        "| `\(rule.rawValue)` | \(row.what) | \(row.checker) | \(row.seed.map(String.init) ?? "–") |")
                }
            }
            return lines.joined(separator: "\n") + "\n"
        }

        private var summary: String {
            let found = rows.filter { $0.seed != nil }
            let byChecker = Dictionary(grouping: found, by: \.checker).mapValues(\.count)
                .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            let checkers = byChecker.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            let covered = rows.count - found.count
            return
                "\(rows.count) removals: \(found.count) are noticed, the hardest after "
                + "\(found.compactMap(\.seed).max() ?? 0) seeds; \(covered) are not, and the table says why.\n"
                + "Noticed by: \(checkers)."
        }

        /// The seed of each row of a page, by rule and words.
        package static func seeds(in page: String) -> [String: UInt64] {
            var seeds: [String: UInt64] = [:]
            for line in page.split(separator: "\n") where line.hasPrefix("| `") {
                let cells = line.split(separator: "|").map { String($0.drop { $0 == " " }).trimmed }
                guard cells.count == 4, let seed = UInt64(cells[3]) else { continue }
                seeds["\(cells[0]) \(cells[1])"] = seed
            }
            return seeds
        }

        /// How a row is found in a page.
        package static func key(_ rule: Rule, _ what: String) -> String { "`\(rule.rawValue)` \(what)" }
    }

    extension String {
        fileprivate var trimmed: String {
            var text = self
            while text.last == " " { text.removeLast() }
            return text
        }
    }
#endif
