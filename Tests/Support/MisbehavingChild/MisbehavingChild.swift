@main
struct MisbehavingChild {
    static func main() {}
}
