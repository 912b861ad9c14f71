import BatonCore
import Glibc
import Testing

@testable import BatonJournal

@Suite struct RunDirectoryTests {
    private static let moment = WallTime(microsecondsSince1970: 1_795_000_000_000_000)

    private struct Fixed: RandomNumberGenerator {
        var value: UInt64
        mutating func next() -> UInt64 {
            value &+= 0x9E37_79B9_7F4A_7C15
            return value
        }
    }

    private static func mode(_ path: String) -> UInt32 {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test func `a run's name is its time and six digits, and two of one second differ`() {
        var generator = Fixed(value: 7)
        let first = RunDirectory.newRunID(at: Self.moment, using: &generator)
        let second = RunDirectory.newRunID(at: Self.moment, using: &generator)
        #expect(first.rawValue.hasPrefix("20261118T"))
        #expect(first.rawValue.dropFirst(18).hasPrefix("Z-"))
        #expect(first.rawValue.count == 26)
        #expect(first != second)
        let later = RunDirectory.newRunID(
            at: WallTime(microsecondsSince1970: Self.moment.microsecondsSince1970 + 1_000_000))
        #expect(first < later)
    }

    @Test func `directories are 0700 and files 0600, whatever was missing`() throws {
        let state = try TemporaryState()
        let deep = "\(state.path)/a/b"
        let directory = try RunDirectory.create(state: deep, run: Sample.run)
        try directory.write("{}\n", to: "plan.json")
        #expect(Self.mode(deep) == 0o700)
        #expect(Self.mode(directory.path) == 0o700)
        #expect(Self.mode(directory.path(of: "plan.json")) == 0o600)
        #expect(try directory.read("plan.json") == Array("{}\n".utf8))
        try directory.write("[]\n", to: "plan.json")
        #expect(try directory.read("plan.json") == Array("[]\n".utf8))
    }

    @Test func `a run's directory is made once`() throws {
        let state = try TemporaryState()
        _ = try RunDirectory.create(state: state.path, run: Sample.run)
        let error = #expect(throws: StorageError.self) {
            try RunDirectory.create(state: state.path, run: Sample.run)
        }
        #expect(error?.code == EEXIST)
    }

    @Test func `a state directory that cannot be made is refused with a remedy`() throws {
        let state = try TemporaryState()
        let file = try OpenFile("\(state.path)/file", O_WRONLY | O_CREAT)
        try file.writeAll(Array("x".utf8))
        let error = #expect(throws: StorageError.self) {
            try RunDirectory.create(state: "\(state.path)/file", run: Sample.run)
        }
        #expect(error?.code == ENOTDIR || error?.code == EEXIST)
        #expect(error?.remedy.contains("--state") == true)
    }

    @Test func `runs are listed oldest first, and nothing else is`() throws {
        let state = try TemporaryState()
        #expect(try RunDirectory.list(state: state.path).isEmpty)
        let names = ["20261121T020305000Z-aaaaaa", "20261121T020304000Z-0a1b2c", "20251121T020304000Z-ffffff"]
        for name in names { _ = try RunDirectory.create(state: state.path, run: RunID(name)) }
        mkdir("\(state.path)/runs/notes", 0o700)
        #expect(try RunDirectory.list(state: state.path).map(\.run.rawValue) == names.sorted())
    }

    @Test func `a run is found by its name, a part that fits no other, or as the latest`() throws {
        let state = try TemporaryState()
        for name in ["20261121T020304000Z-0a1b2c", "20261121T020305000Z-0a1b2d", "20261122T020305000Z-00000d"] {
            _ = try RunDirectory.create(state: state.path, run: RunID(name))
        }
        func found(_ text: String) throws -> String {
            try RunDirectory.resolve(text, state: state.path).run.rawValue
        }
        #expect(try found("latest") == "20261122T020305000Z-00000d")
        #expect(try found("20261121T020304000Z-0a1b2c") == "20261121T020304000Z-0a1b2c")
        #expect(try found("1b2d") == "20261121T020305000Z-0a1b2d")
        #expect(try found("20261122") == "20261122T020305000Z-00000d")
        for text in ["20261121", "d", "zzz", ""] {
            #expect(throws: StorageError.self) { try found(text) }
        }
        let several = #expect(throws: StorageError.self) { try found("20261121") }
        #expect(several?.reason.contains("0a1b2c") == true)
    }

    @Test func `looking for a run where there is none says so`() throws {
        let state = try TemporaryState()
        let error = #expect(throws: StorageError.self) {
            try RunDirectory.resolve("latest", state: "\(state.path)/none")
        }
        #expect(error?.reason == "there are no runs")
    }
}
