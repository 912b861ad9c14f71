/// Cells in columns, aligned by what a terminal shows, not by counts of characters. The last column wraps.
struct TextTable {
    enum Alignment {
        case left, right
    }

    private let columns: [Alignment]
    private var rows: [[Span]] = []

    init(_ columns: [Alignment]) { self.columns = columns }

    var isEmpty: Bool { rows.isEmpty }

    /// Adds a row; cells that are missing are empty.
    mutating func add(_ cells: Span...) { rows.append(cells) }
    mutating func add(row cells: [Span]) { rows.append(cells) }

    /// Adds a row of column heads.
    mutating func head(_ titles: String...) { rows.append(titles.map { Span($0, .faint) }) }

    /// The table's lines, two spaces between columns.
    func lines(indent: Int = 2, width: Int = TextDocument.width) -> [StyledLine] {
        let last = columns.count - 1
        let widths = columns.indices.map { column in
            rows.map { column < $0.count ? $0[column].width : 0 }.max() ?? 0
        }
        let start = indent + widths.dropLast().reduce(0) { $0 + $1 + 2 }
        return rows.flatMap { row -> [StyledLine] in
            var spans = [Span(String(repeating: " ", count: indent))]
            for column in columns.indices where column < last {
                let cell = column < row.count ? row[column] : Span("")
                let padding = Span(DisplayText.padding(cell.text, to: widths[column]))
                spans += columns[column] == .right ? [padding, cell] : [cell, padding]
                spans.append(Span("  "))
            }
            guard last >= 0, last < row.count else { return [StyledLine(spans)] }
            let cell = row[last]
            if columns[last] == .right {
                return [StyledLine(spans + [Span(DisplayText.padding(cell.text, to: widths[last])), cell])]
            }
            if start + cell.width <= width { return [StyledLine(spans + [cell])] }
            return DisplayText.wrapped(cell.text, width: width - start).enumerated().map { index, piece in
                StyledLine(
                    (index == 0 ? spans : [Span(String(repeating: " ", count: start))]) + [Span(piece, cell.tone)])
            }
        }
    }
}
