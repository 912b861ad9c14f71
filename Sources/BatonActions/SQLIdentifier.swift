/// A name as SQL wants it, quoted where it must be: lower-case letters, digits and underscores stand bare.
func sqlIdentifier(_ name: String) -> String {
    let isBare = { (byte: UInt8) in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || byte == UInt8(ascii: "_")
    }
    if let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
        name.utf8.allSatisfy(isBare)
    {
        return name
    }
    var quoted = "\""
    for character in name {
        quoted.append(character)
        if character == "\"" { quoted.append(character) }
    }
    return quoted + "\""
}
