import BatonCore
import Glibc
import Testing

@testable import BatonJournal

@Suite struct FileLeaseTests {
    private static func holder(_ run: String = "20261121T020304000Z-0a1b2c") -> LeaseHolder {
        LeaseHolder(
            run: RunID(run), operatorName: "ana", host: "ops-1", processID: getpid(),
            since: WallTime(microsecondsSince1970: 1_795_000_000_000_000), command: "switchover")
    }

    @Test func `one run holds a topology, and the second is told who does`() throws {
        let state = try TemporaryState()
        let lease = try FileLease.acquire(state: state.path, topology: "lab", holder: Self.holder())
        let error = #expect(throws: LeaseError.self) {
            try FileLease.acquire(state: state.path, topology: "lab", holder: Self.holder("20261121T020305000Z-ffffff"))
        }
        guard case .held(let held)? = error else {
            Issue.record("not refused as held: \(String(describing: error))")
            return
        }
        #expect(held.holder == Self.holder())
        for part in [
            "20261121T020304000Z-0a1b2c", "ana", "ops-1", "\(getpid())", "2026-11-", "baton status", "baton report",
        ] {
            #expect(held.description.contains(part))
        }
        let other = try FileLease.acquire(state: state.path, topology: "prod", holder: Self.holder())
        lease.release()
        lease.release()
        let next = try FileLease.acquire(state: state.path, topology: "lab", holder: Self.holder())
        #expect(next.path != other.path)
    }

    @Test func `a lease ends with its owner`() throws {
        let state = try TemporaryState()
        do { _ = try FileLease.acquire(state: state.path, topology: "lab", holder: Self.holder()) }
        _ = try FileLease.acquire(state: state.path, topology: "lab", holder: Self.holder())
    }

    private static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    @Test func `a lease that is given back is waited for, and one that is not is refused at the deadline`() async throws
    {
        let state = try TemporaryState()
        let first = try FileLease.acquire(state: state.path, topology: "lab", holder: Self.holder())
        let end = Self.now() + .milliseconds(40)
        await #expect(throws: LeaseError.held(LeaseHeld(topology: "lab", holder: Self.holder()))) {
            try await FileLease.acquire(
                state: state.path, topology: "lab", holder: Self.holder("next"), waitingUntil: end, now: Self.now)
        }
        #expect(Self.now() >= end)
        let waiting = Task {
            try await FileLease.acquire(
                state: state.path, topology: "lab", holder: Self.holder("next"),
                waitingUntil: Self.now() + .seconds(60), now: Self.now)
        }
        try await Task.sleep(nanoseconds: 20_000_000)
        first.release()
        #expect(try await waiting.value.holder.run == "next")
    }

    @Test func `what a dead process left in the file is no lock`() throws {
        let state = try TemporaryState()
        let path = FileLease.path(state: state.path, topology: "lab")
        do {
            let file = try OpenFile(path, O_WRONLY | O_CREAT)
            try file.writeAll(Array(repeating: UInt8(ascii: "x"), count: 5_000))
        }
        let lease = try FileLease.acquire(state: state.path, topology: "lab", holder: Self.holder())
        let error = #expect(throws: LeaseError.self) {
            try FileLease.acquire(state: state.path, topology: "lab", holder: Self.holder())
        }
        #expect(error == .held(LeaseHeld(topology: "lab", holder: Self.holder())))
        lease.release()
    }

    @Test func `the record of a holder that has not written it yet is missing, not guessed`() throws {
        let state = try TemporaryState()
        let file = try OpenFile(FileLease.path(state: state.path, topology: "lab"), O_RDWR | O_CREAT)
        #expect(flock(file.descriptor, LOCK_EX | LOCK_NB) == 0)
        let error = #expect(throws: LeaseError.self) {
            try FileLease.acquire(state: state.path, topology: "lab", holder: Self.holder())
        }
        #expect(error == .held(LeaseHeld(topology: "lab", holder: nil)))
    }

    @Test func `a state directory that cannot be used is not a held lease`() throws {
        let error = #expect(throws: LeaseError.self) {
            try FileLease.acquire(state: "/dev/null/state", topology: "lab", holder: Self.holder())
        }
        guard case .unavailable? = error else {
            Issue.record("expected unavailable, got \(String(describing: error))")
            return
        }
    }

    @Test func `names that are no file names stay apart`() {
        let names = ["a/b", "a_b", "a b", "ä", "..", "A"]
        let paths = names.map { FileLease.path(state: "s", topology: $0) }
        #expect(Set(paths).count == names.count)
        #expect(paths.allSatisfy { $0.hasPrefix("s/lease-") && $0.filter { $0 == "/" }.count == 1 })
        #expect(FileLease.path(state: "s", topology: String(repeating: "n", count: 300)).count < 120)
        #expect(FileLease.path(state: "s", topology: "lab") == "s/lease-lab.lock")
    }
}
