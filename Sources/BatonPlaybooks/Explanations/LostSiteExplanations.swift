extension ComplaintCode {
    /// What a run still needs of a site that is assumed to be lost.
    static let lostSiteExplanations: [ComplaintCode: Explanation] = [
        .needsLostNode: Explanation(
            meaning: "A step or a gate needs a server of the site that is lost.",
            why: "It gets no answer: an emergency that rests on the lost site is none (I7).",
            incident: "Cloudnative-pg issue 11348: a demotion that waits for a server which does not answer."),
        .needsLostPooler: Explanation(
            meaning: "A step or a gate needs a pooler of the site that is lost.",
            why: "It gets no answer, and a pooler that is not reached may lead clients to old still.",
            incident: "Cloudflare, 2 November 2023: dependencies that nobody had tested by taking the site away."),
        .needsLostRoute: Explanation(
            meaning: "A step or a gate goes a clients' way that leads through the lost site.",
            why: "It cannot pass, however well the promotion went.",
            incident: "GitLab Geo: the preflight command refuses to run while the site it speaks of is not as it "
                + "expects."),
        .routeThroughLostSite: Explanation(
            meaning: "Clients have one way, and it leads through the lost site.",
            why: "New accepts writes, and nobody finds it.",
            incident: "AWS us-east-1, October 2025: the record that led clients was empty, and nothing could repair"
                + " it."),
        .batonAtLostSite: Explanation(
            meaning: "Baton runs on a machine of the site that is lost.",
            why: "It is lost with its journal, and nobody can run the playbook.",
            incident: "Facebook, 4 October 2021: the tools of the repair needed what was lost."),
        .needsResolver: Explanation(
            meaning: "A server that survives is reached by name.",
            why: "Who answers for the name may be lost with the site.",
            incident: "Facebook, 4 October 2021: names could not be resolved, and every tool needed them."),
        .secretElsewhere: Explanation(
            meaning: "A secret that is needed when the site is lost is handed out by a program.",
            why: "The store that it asks may be lost with the site; then Baton cannot log in, or cannot fence.",
            incident: "A practitioner's recovery of six hours: the hours went to credentials."),
        .noticeAtLostSite: Explanation(
            meaning: "People are told by way of the lost site.",
            why: "The run halts or ends, and nobody knows.",
            incident: "Roblox, October 2021: 73 hours, because monitoring depended on what had failed."),
        .fenceAtLostSite: Explanation(
            meaning: "A node's fence is asked at a machine of the site that is lost.",
            why: "It is lost with the node that it should switch off, and nothing proves that the node is off.",
            incident: "ClusterLabs, Pacemaker Explained: a power switch that shares its power with the node cannot say "
                + "that the node is off once that power is gone."),
        .nothingSurvives: Explanation(
            meaning: "Every copy of the data stands at one site.",
            why: "When it is lost, there is nothing to promote.",
            incident: "OVH Strasbourg, March 2021: backups in the site that burned."),
    ]
}
