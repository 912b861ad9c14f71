import BatonPlaybooks
import BatonReports

extension Finding {
    init(_ complaint: Complaint) {
        self.init(
            isError: complaint.severity == .error, code: complaint.code, file: complaint.file, line: complaint.line,
            column: complaint.column, length: complaint.length, message: complaint.message, remedy: complaint.remedy,
            sourceLine: complaint.sourceLine, way: complaint.way ?? [])
    }
}
