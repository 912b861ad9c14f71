import BatonCore
import BatonEngine
import Glibc
import Synchronization
import Testing

@testable import BatonHosts

/// Whether `churn` goes on.
private let churning = Atomic<Bool>(false)

/// Makes threads without a pause, so that one is always just beginning.
private func churn() {
    var thread = pthread_t()
    while churning.load(ordering: .relaxed) {
        if pthread_create(&thread, nil, { _ in nil }, nil) == 0 { pthread_join(thread, nil) }
    }
}

@Suite(.serialized)
struct ProgramSerialTests {
    private func soon() -> Deadline { SystemClock.deadline(in: .seconds(30)) }

    // A server that is started again to let clients write must not wait for a thread that the new process does not have.
    @Test("a program starts as another user while threads begin", .timeLimit(.minutes(1)))
    func otherUserAmongThreads() async throws {
        // Only root runs programs as somebody else.
        guard geteuid() == 0, let account = Account.named("nobody") else { return }
        churning.store(true, ordering: .relaxed)
        var churners: [pthread_t] = []
        for _ in 0..<4 {
            var thread = pthread_t()
            let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { _ in
                churn()
                return nil
            }
            if pthread_create(&thread, nil, body, nil) == 0 { churners.append(thread) }
        }
        for _ in 0..<200 {
            let said = try await Program.run("id", ["-u"], as: account, deadline: soon())
            #expect(said.output == "\(account.user)\n" && said.status == 0, "\(said.errors)")
        }
        churning.store(false, ordering: .relaxed)
        for thread in churners { pthread_join(thread, nil) }
    }

    @Test("another user's groups are its own, none of Baton's; a missing program is refused by name")
    func groups() async throws {
        guard geteuid() == 0, let account = Account.named("postgres") ?? Account.named("nobody") else { return }
        let said = try await Program.run("id", ["-G"], as: account, deadline: soon())
        #expect(Set(said.output.split { $0 == " " || $0 == "\n" }) == Set(account.groups.map { "\($0)" }))
        for program in ["baton-no-such-program", "/baton/no-such-program"] {
            let error = await #expect(throws: HostError.self) {
                try await Program.run(program, [], as: account, deadline: soon())
            }
            guard case .refused(let why)? = error else { throw error ?? HostError.unknown("no error") }
            #expect(why.contains("no-such-program"))
        }
    }
}
