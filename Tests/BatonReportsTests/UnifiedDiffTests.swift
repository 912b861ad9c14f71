import Testing

@testable import BatonReports

@Suite("Unified diff") struct UnifiedDiffTests {
    private func diff(_ old: String, _ new: String) -> String {
        UnifiedDiff.text(of: old, to: new, names: ("old", "new"))
    }

    @Test func `nothing differs, nothing is said`() {
        #expect(diff("a\nb\n", "a\nb\n") == "")
        #expect(diff("", "") == "")
    }

    @Test func `a changed line stands between three of its neighbours`() {
        let old = (1...9).map { "\($0)\n" }.joined()
        #expect(
            diff(old, old.replacing("5", with: "five")) == """
                --- old
                +++ new
                @@ -2,7 +2,7 @@
                 2
                 3
                 4
                -5
                +five
                 6
                 7
                 8

                """)
    }

    @Test func `changes far apart are hunks of their own, near ones are one`() {
        let old = (1...30).map { "\($0)\n" }.joined()
        let new = old.replacing("\n2\n", with: "\n").replacing("\n29\n", with: "\n29\nmore\n")
        let text = diff(old, new)
        #expect(text.contains("@@ -1,5 +1,4 @@\n 1\n-2\n 3\n"))
        #expect(text.contains("@@ -27,4 +26,5 @@\n 27\n 28\n 29\n+more\n 30\n"))
        #expect(diff("1\n2\n3\n4\n5\n", "x\n2\n3\n4\ny\n").split(separator: "\n").count { $0.hasPrefix("@@") } == 1)
    }

    @Test func `a whole text that is new or gone`() {
        #expect(diff("", "a\n") == "--- old\n+++ new\n@@ -0,0 +1,1 @@\n+a\n")
        #expect(diff("a\n", "") == "--- old\n+++ new\n@@ -1,1 +0,0 @@\n-a\n")
    }
}
