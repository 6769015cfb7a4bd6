import SupervisorCore
import Testing

struct DatePatternTests {
    @Test(arguments: [
        "YYYY-MM-DD", "YYYY-MM-DDTHH:mm:ss", "YYYY-MM-DD HH:mm:ss.SSS Z", "DD.MM.YY", "hh:mm A", "D/M/YYYY",
        "YYYY-MM-DD[ at ]HH", "YYYY-MM-DDTHH:mm:ss.SSSZZ", "[d]YYYY",
    ])
    func `letters of moment.js and bracketed text are understood`(_ pattern: String) {
        #expect(DatePattern.mistake(in: pattern) == nil)
    }

    @Test(arguments: [
        ("YYYY-MM-dd", "dd", 9), ("yyyy-MM-DD", "yyyy", 1), ("YYYY-MMM-DD", "MMM", 6), ("YYYYY", "YYYYY", 1),
        ("YYYY-MM-DD at HH", "a", 12), ("YYYY [of", "[of", 6), ("Q-YYYY", "Q", 1), ("YYYY-DDD", "DDD", 6),
        ("HH:nn", "nn", 4), ("TT", "TT", 1),
    ])
    func `other letters are mistakes with their place`(_ pattern: String, _ letters: String, _ place: Int) {
        let mistake = DatePattern.mistake(in: pattern)
        // "at" is two runs: the a is a token, the t is not.
        #expect(mistake?.letters == (letters == "a" ? "t" : letters))
        #expect(mistake?.place == (letters == "a" ? place + 1 : place))
    }

    @Test(arguments: ["[log]YYYY", "A-YYYY", "-YYYY", "YYYY-MM-DD-HH-mm-ss-SSS", "Z"])
    func `names begin with a digit and last a second at least`(_ pattern: String) {
        #expect(DatePattern.mistake(inNames: pattern) != nil)
        #expect(DatePattern.mistake(in: pattern) == nil)
    }
}
