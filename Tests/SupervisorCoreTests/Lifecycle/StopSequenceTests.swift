import Shared
import SupervisorCore
import Testing

@Suite struct StopSequenceTests {
    private func steps(_ sequence: inout StopSequence, _ count: Int) -> [StopSequence.Step] {
        (0..<count).map { _ in sequence.next() }
    }

    @Test func `it asks, wakes, waits, and then kills for ever`() {
        var sequence = StopSequence(StopPolicy())
        #expect(
            steps(&sequence, 7) == [
                .signal(.terminate), .signal(.continue), .wait(.seconds(10)),
                .signal(.kill), .wait(.seconds(5)), .signal(.kill), .wait(.seconds(5)),
            ]
        )
        #expect(sequence.kills == 2)
    }

    @Test func `the policy gives signal, wait and scope`() {
        var policy = StopPolicy()
        policy.signal = .interrupt
        policy.killTimeout = .milliseconds(1600)
        policy.includesTree = false
        var sequence = StopSequence(policy)
        #expect(
            steps(&sequence, 3) == [
                .signal(.interrupt), .signal(.continue), .wait(.milliseconds(1600)),
            ]
        )
        #expect(sequence.scope == .main)
    }

    @Test(arguments: 0...3)
    func `hurrying makes SIGKILL next, wherever it is`(done: Int) {
        var sequence = StopSequence(StopPolicy())
        _ = steps(&sequence, done)
        sequence.hurry()
        #expect(steps(&sequence, 2) == [.signal(.kill), .wait(.seconds(5))])
    }

    @Test func `hurrying after SIGKILL changes nothing`() {
        var sequence = StopSequence(StopPolicy())
        _ = steps(&sequence, 4)
        sequence.hurry()
        #expect(steps(&sequence, 2) == [.wait(.seconds(5)), .signal(.kill)])
    }

    @Test func `the immediate one begins with SIGKILL`() {
        var sequence = StopSequence.immediate(scope: .tree)
        #expect(sequence.next() == .signal(.kill))
        #expect(sequence.scope == .tree)
    }
}

@Suite struct StartOrderTests {
    private func graph(_ text: String) -> [AppName: [AppName]] {
        var graph: [AppName: [AppName]] = [:]
        for edge in text.split(separator: " ") {
            let names = edge.split(separator: ">").compactMap { AppName(String($0)) }
            guard let from = names.first else { continue }
            graph[from, default: []] += names.dropFirst()
        }
        return graph
    }

    @Test(arguments: ["", "a b c", "a>b b>c", "a>b a>c b>d c>d d", "a>unknown"])
    func `no cycle is found where there is none`(text: String) {
        #expect(StartOrder.cycle(in: graph(text)) == nil)
    }

    @Test(arguments: ["a>a", "a>b b>a", "x>a a>b b>c c>a", "a>b b>c c>d d>b"])
    func `a cycle is named in order, the first app again at the end`(text: String) throws {
        let edges = graph(text)
        let cycle = try #require(StartOrder.cycle(in: edges))
        #expect(cycle.first == cycle.last)
        #expect(cycle.count >= 2)
        for (from, to) in zip(cycle, cycle.dropFirst()) {
            #expect(edges[from]?.contains(to) == true)
        }
    }

    @Test func `a chain of thousands does not overflow the stack`() {
        let names = (0..<5000).compactMap { AppName("a\($0)") }
        var edges: [AppName: [AppName]] = [:]
        for (from, to) in zip(names, names.dropFirst()) {
            edges[from] = [to]
        }
        edges[names[4999]] = []
        #expect(StartOrder.cycle(in: edges) == nil)
    }
}
