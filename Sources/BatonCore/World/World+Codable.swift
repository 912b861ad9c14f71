/// Encoded as a dictionary of facts.
extension World: Codable {
    private enum CodingKeys: String, CodingKey {
        case facts
    }

    package init(from decoder: any Decoder) throws {
        self.init()
        let container = try decoder.container(keyedBy: CodingKeys.self)
        for (key, knowledge) in try container.decode([FactKey: Knowledge].self, forKey: .facts) {
            set(key, knowledge)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let facts = Dictionary(uniqueKeysWithValues: sorted.map { ($0.key, $0.knowledge) })
        try container.encode(facts, forKey: .facts)
    }
}
