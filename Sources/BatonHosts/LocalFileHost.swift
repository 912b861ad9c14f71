package import BatonCore
package import BatonEngine
import Glibc

/// Files of this machine.
package struct LocalFileHost: FileHost {
    package init() {}

    package func read(_ path: String, deadline: Deadline) async throws(HostError) -> String {
        try await BlockingCall.run("reading \(path)", deadline: deadline) { () throws(HostError) in
            try DurableFile.readText(path)
        }
    }

    package func replace(
        _ path: String, with text: String, permit: Permit, deadline: Deadline
    ) async throws(HostError) {
        try await BlockingCall.run("replacing \(path)", deadline: deadline) { () throws(HostError) in
            // A configuration file may be a link into a managed place: the link stays, its target is replaced.
            guard let resolved = realpath(path, nil) else { throw .refused("no file \(path): \(errorText())") }
            defer { free(resolved) }
            let target = String(cString: resolved)
            var status = stat()
            guard stat(target, &status) == 0 else { throw .refused("no file \(target): \(errorText())") }
            try DurableFile.replace(
                target, with: Array(text.utf8), mode: status.st_mode & 0o7777, owner: status.st_uid,
                group: status.st_gid)
        }
    }
}
