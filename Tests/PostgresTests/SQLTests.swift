import Postgres
import Testing

@Suite struct SQLTests {
    @Test func `what is interpolated is bound, whatever it says`() {
        let name = "x'; DROP TABLE orders; --"
        let statement: SQL = "SELECT * FROM orders WHERE name = \(name) AND version = \(3)"
        #expect(statement.text == "SELECT * FROM orders WHERE name = $1 AND version = $2")
        #expect(statement.parameters == [name, "3"])
    }

    @Test func `statements compose and their parameters are numbered through`() {
        let filter: SQL = "status = \("pending") AND total > \(5)"
        let page: SQL = "SELECT 1 FROM orders WHERE \(filter) LIMIT \(20)"
        #expect(page.text == "SELECT 1 FROM orders WHERE status = $1 AND total > $2 LIMIT $3")
        #expect(page.parameters == ["pending", "5", "20"])
        let joined = SQL.joined(["a = \(1)", "b = \(2)", "c = \(3)"], separator: " AND ")
        #expect(joined.text == "a = $1 AND b = $2 AND c = $3")
        #expect(("x \(1)" + " y \(2)" as SQL).text == "x $1 y $2")
    }

    @Test func `nil is NULL`() {
        let nothing: Int? = nil
        let something: Int? = 7
        let statement: SQL = "VALUES (\(nothing), \(something))"
        #expect(statement.parameters == [nil, "7"])
    }

    @Test func `names are quoted`() {
        #expect(SQL.identifier("or\"der").text == "\"or\"\"der\"")
    }

    @Test(
        arguments: [
            ("CREATE TABLE a (b int); -- DROP TABLE a", []),
            ("/* DROP TABLE /* nested */ a */ SELECT 'DROP TABLE a', \"DROP TABLE\"", []),
            ("CREATE FUNCTION f() RETURNS void AS $b$ DELETE FROM x; $b$ LANGUAGE sql", []),
            ("drop  table a", ["DROP TABLE"]), ("ALTER TABLE a\nDROP COLUMN b", ["DROP COLUMN"]),
            ("ALTER TABLE a DROP b", ["DROP COLUMN"]), ("ALTER TABLE a DROP CONSTRAINT b", []),
            ("ALTER TABLE a ALTER COLUMN b DROP NOT NULL", []),
            ("ALTER TABLE a ALTER b TYPE text", ["ALTER COLUMN TYPE"]),
            ("ALTER TABLE a RENAME TO b", ["RENAME"]), ("TRUNCATE a", ["TRUNCATE"]),
            ("DELETE FROM a", ["DELETE FROM"]),
            ("CREATE TRIGGER t BEFORE TRUNCATE ON a EXECUTE FUNCTION f()", []),
            ("ALTER TABLE a ADD COLUMN type text", []),
        ] as [(String, [String])]
    )
    func `what destroys is found, and only that`(_ script: String, _ words: [String]) throws {
        do throws(MigrationProblem) {
            _ = try Migration(version: "20260101000000", name: "x", up: script, down: nil)
            #expect(words.isEmpty)
        } catch {
            #expect(words.first.map { error.description.contains($0) } == true)
        }
        let allowed = try Migration(
            version: "20260101000000",
            name: "x",
            up: "-- novi: destructive\n\(script)",
            down: nil
        )
        #expect(allowed.up.destructiveWords == words)
    }
}
