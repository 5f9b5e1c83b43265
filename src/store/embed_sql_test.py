"""What embed_sql.py makes of good files, and where it points in bad ones."""
import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import embed_sql  # noqa: E402


def texts(text):
    """{engine: text}, parameters of the only section."""
    (section,) = embed_sql.sections_of("f.sql", text)
    return embed_sql.texts_of(section)


GOOD = [
    ("one text", "SELECT a FROM t WHERE b = :b AND c = :a OR b = :b;",
     "SELECT a FROM t WHERE b = $1 AND c = $2 OR b = $1", ["b", "a"]),
    ("colons in quotes", "SELECT ':no', \":no\", 'it''s :no', :yes", "SELECT ':no', \":no\", 'it''s :no', $1", ["yes"]),
    ("colons in comments", "SELECT 1 -- :no 'x\n/* :no */ + :yes", "SELECT 1 + $1", ["yes"]),
    ("a cast", "SELECT :n::bigint", "SELECT $1::bigint", ["n"]),
    ("next to operators", "SELECT a=:a,(:b||:a)", "SELECT a=$1,($2||$1)", ["a", "b"]),
    ("blob becomes bytea", "SELECT CAST(:x AS BLOB), 'BLOB', blob_id", "SELECT CAST($1 AS BYTEA), 'BLOB', blob_id", ["x"]),
    ("text stays in statements", "SELECT CAST(:x AS TEXT)", "SELECT CAST($1 AS TEXT)", ["x"]),
    ("a semicolon in a text", "SELECT ';';", "SELECT ';'", []),
]

BAD = [
    ("SELECT 1;", 1, "outside a section"),
    ("-- hello\n\nSELECT 1;", 3, "outside a section"),
    ("-- name: Bad\nSELECT 1;", 1, "no name"),
    ("-- name: all\nSELECT 1;", 1, "no name"),
    ("-- name:\nSELECT 1;", 1, "no name"),
    ("-- name: x\n", 1, "empty"),
    ("-- name: x\n-- only a comment\n", 1, "empty"),
    ("-- name: x\n;\n", 1, "empty"),
    ("-- name: x\nSELECT 1;\n-- name: x\nSELECT 2;", 3, "already at f.sql:1"),
    ("-- name: x\nSELECT 1;\nSELECT 2;", 2, "more than one statement"),
    ("-- name: x\nSELECT 'open\n", 2, "not closed"),
    ("-- name: x\nSELECT 1\n/* open\n", 3, "not closed"),
    ("-- name: x\nSELECT \"open\n", 2, "not closed"),
    ("-- name: x\nSELECT ?;", 2, "written :name"),
    ("-- name: x\nSELECT 1,\n$1;", 3, "written :name"),
    ("-- name: x\nSELECT $$a$$;", 2, "postgres variant only"),
    ("-- name: x\n-- sqlite:\nSELECT 1;", 1, "needs one text, or both"),
    ("-- name: x\nSELECT 1;\n-- sqlite:\nSELECT 1;\n-- postgres:\nSELECT 1;", 1, "before its variants"),
    ("-- name: x\n-- sqlite:\nSELECT :a;\n-- postgres:\nSELECT :b;", 1, "differ in parameters: a, b"),
    ("-- name: x\n-- sqlite:\nSELECT 1;\n-- sqlite:\nSELECT 1;", 4, "second"),
    ("-- name: x\n-- sqlite:\n-- postgres:\nSELECT 1;", 1, "empty"),
    ("-- name: x\n-- both:\nSELECT 1;", 2, "for migrations"),
    ("-- name: x\n-- SQLite:\nSELECT 1;", 2, "lower case"),
    ("-- name: x\n-- sqlite: SELECT 1;", 2, "nothing may follow"),
    ("-- sqlite:\nSELECT 1;", 1, "outside a section"),
    ("-- migration: x\nSELECT 1;", 1, "N title"),
    ("-- migration: 1\nSELECT 1;", 1, "N title"),
    ("-- migration: 0 x\nSELECT 1;", 1, "N title"),
    ("-- migration: 2 x\nSELECT 1;", 1, "expected 1"),
    ("-- migration: 1 x\nSELECT 1;\n-- migration: 3 y\nSELECT 1;", 3, "expected 2"),
    ("-- migration: 1 x\nSELECT 1;\n-- migration: 1 y\nSELECT 1;", 3, "expected 2"),
    ("-- migration: 1 x\nSELECT\n:a;", 3, "no parameters"),
    ("-- migration: 1 x\n", 1, "empty"),
]


class Embed(unittest.TestCase):
    def test_good(self):
        for why, sql, postgres, parameters in GOOD:
            with self.subTest(why):
                found, names = texts("-- name: x\n" + sql)
                self.assertEqual(found["postgres"], postgres)
                self.assertEqual(names, parameters)
                for name in names:
                    self.assertIn(":" + name, found["sqlite"])

    def test_bad(self):
        for text, line, what in BAD:
            with self.subTest(text):
                with self.assertRaises(embed_sql.Refused) as caught:
                    embed_sql.embed("room", [("f.sql", text)])
                self.assertTrue(str(caught.exception).startswith(f"f.sql:{line}: "), str(caught.exception))
                self.assertIn(what, str(caught.exception))

    def test_variants(self):
        found, names = texts("-- name: x\n-- sqlite:\nSELECT :a, :b;\n-- postgres:\nSELECT $q$;:z$q$, :b, :a::blob;")
        self.assertEqual(found, {"sqlite": "SELECT :a, :b", "postgres": "SELECT $q$;:z$q$, $1, $2::blob"})
        self.assertEqual(names, ["b", "a"])

    def test_migration(self):
        found, names = texts("-- migration: 1 first things\nCREATE TABLE t (a TEXT, b BLOB, c BIGINT);\n-- sqlite:\nA;\n"
                             "-- postgres:\nB TEXT;\n-- both:\nUPDATE t SET a = CAST(c AS TEXT);")
        self.assertEqual(found["sqlite"], "CREATE TABLE t (a TEXT, b BLOB, c BIGINT);\nA;\nUPDATE t SET a = CAST(c AS TEXT);")
        self.assertEqual(found["postgres"], 'CREATE TABLE t (a TEXT COLLATE "C", b BYTEA, c BIGINT);\nB TEXT;\n'
                         "UPDATE t SET a = CAST(c AS TEXT);")
        self.assertEqual(names, [])

    def test_several_files_are_one_room(self):
        with self.assertRaises(embed_sql.Refused) as caught:
            embed_sql.embed("room", [("a.sql", "-- name: x\nSELECT 1;"), ("b.sql", "\n-- name: x\nSELECT 1;")])
        self.assertEqual(str(caught.exception), "b.sql:2: x is already at a.sql:1")

    def test_c_text(self):
        c, h = embed_sql.embed("room", [("a.sql", "-- name: x\nSELECT '\\', '??=', '\"', '\t汉';\n")])
        self.assertIn('"SELECT \'\\\\\', \'\\?\\?=\', \'\\"\', \'\\t汉\'"', c)
        self.assertIn("extern const FnSql fn_sql_room_x;", h)
        self.assertIn("fn_sql_room_all[] = { &fn_sql_room_x, NULL }", c)

    def test_program_writes_nothing_when_it_refuses(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory)
            (path / "f.sql").write_text("-- name: x\n")
            with self.assertRaises(SystemExit) as caught, contextlib.redirect_stderr(io.StringIO()):
                embed_sql.main(["room", str(path / "o.c"), str(path / "o.h"), str(path / "f.sql")])
            self.assertIn("f.sql:1: x is empty", str(caught.exception))
            self.assertEqual([file.name for file in path.iterdir()], ["f.sql"])


if __name__ == "__main__":
    unittest.main()
