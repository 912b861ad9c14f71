import BatonCommands

@main
enum Main {
    static func main() async { await BatonCommand.start() }
}
