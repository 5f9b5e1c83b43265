"""Turns *.sql files into C constants: embed_sql.py ROOM OUT.c OUT.h INPUT.sql…

What a file may hold:

    -- name: account_by_login           one statement, one text for both engines
    SELECT id, name FROM account WHERE login = :login;

    -- name: now                        one statement, a text per engine: both, with the same parameters
    -- sqlite:
    SELECT unixepoch();
    -- postgres:
    SELECT extract(epoch FROM now())::bigint;

    -- migration: 1 accounts            schema step: any number of statements, no parameters
    CREATE TABLE account (id TEXT PRIMARY KEY, secret BLOB, seen BIGINT);
    -- sqlite:                          … for one engine alone
    -- postgres:
    -- both:                            … and back

Other comments are dropped. Parameters are ":name" and become $1, $2, … by first appearance for PostgreSQL. Columns are
TEXT, BIGINT and BLOB. In text meant for both engines two words are replaced for PostgreSQL: BLOB by BYTEA everywhere, and
in migrations TEXT by TEXT COLLATE "C", so that texts sort and compare by code point on both engines.

Gives fn_sql_ROOM_<name> for each statement, fn_sql_ROOM_all (every statement, ended by NULL) and fn_sql_ROOM_migrations.
"""
import re
import sys

DIRECTIVE = re.compile(r"--\s*(name|migration|sqlite|postgres|both)\s*:(.*)", re.IGNORECASE)
TOKEN = re.compile(r"""
      (?P<space>\s+)
    | (?P<comment>--[^\n]*|/\*.*?\*/)
    | (?P<text>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<dollar>\$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$)
    | (?P<cast>::)
    | (?P<parameter>:[a-z_][a-z0-9_]*)
    | (?P<word>[^\W\d]\w*)
    | (?P<number>\d\w*)
    | (?P<other>.)
    """, re.VERBOSE | re.DOTALL)
OPENERS = {"'": "text quote", '"': "name quote"}
RESERVED = ("all", "migrations")


class Refused(Exception):
    def __init__(self, path, line, what):
        super().__init__(f"{path}:{line}: {what}")


class Part:
    """A stretch of text for one engine or for both."""

    def __init__(self, engine, line):
        self.engine, self.line, self.lines = engine, line, []


class Section:
    def __init__(self, path, line, kind, name, number=0):
        self.path, self.line, self.kind, self.name, self.number = path, line, kind, name, number
        self.parts = [Part("both", line + 1)]


def sections_of(path, text):
    """Cuts a file into sections."""
    section, out = None, []
    for number, line in enumerate(text.split("\n"), 1):
        match = DIRECTIVE.fullmatch(line.strip())
        if match:
            word, rest = match.group(1), match.group(2).strip()
            if word in ("name", "migration"):
                section = open_section(path, number, word, rest)
                out.append(section)
            else:
                open_part(path, number, section, word, rest)
        elif section is not None:
            section.parts[-1].lines.append(line)
        elif line.strip() and not line.strip().startswith("--"):
            raise Refused(path, number, 'text outside a section; put "-- name: …" or "-- migration: N title" before it')
    return out


def open_section(path, line, word, rest):
    if word == "name":
        if not re.fullmatch(r"[a-z][a-z0-9_]*", rest) or rest in RESERVED:
            raise Refused(path, line, f'"{rest}" is no name for a statement: lower-case letters, digits and "_", '
                          f'not {" or ".join(RESERVED)}')
        return Section(path, line, "statement", rest)
    match = re.fullmatch(r"([1-9][0-9]{0,5})\s+(\S.*)", rest)
    if not match:
        raise Refused(path, line, 'write "-- migration: N title" with N from 1')
    return Section(path, line, "migration", match.group(2), int(match.group(1)))


def open_part(path, line, section, word, rest):
    if word != word.lower():
        raise Refused(path, line, f'write "-- {word.lower()}:" in lower case')
    if rest:
        raise Refused(path, line, f'nothing may follow "-- {word}:" on its line')
    if section is None:
        raise Refused(path, line, f'"-- {word}:" outside a section')
    if section.kind == "statement":
        if word == "both":
            raise Refused(path, line, '"-- both:" is for migrations')
        if word in [part.engine for part in section.parts]:
            raise Refused(path, line, f'a second "-- {word}:" in {section.name}')
    section.parts.append(Part(word, line + 1))


def tokens_of(section, part):
    """(kind, text, line) of everything in a part that means something; comments and surplus space are gone."""
    text, at, line, out = "\n".join(part.lines), 0, part.line, []
    while at < len(text):
        match = TOKEN.match(text, at)
        kind, token = match.lastgroup if match.lastgroup != "tag" else "dollar", match.group(0)
        if kind == "other":
            if token in OPENERS or text.startswith("/*", at):
                raise Refused(section.path, line, f"a {OPENERS.get(token, 'comment')} that is not closed")
            if token in "?@#$\\" or token == "\0":
                raise Refused(section.path, line, f'"{token}" has no place here: parameters are written :name')
        if kind == "dollar" and part.engine != "postgres":
            raise Refused(section.path, line, "dollar quotes stand in a postgres variant only")
        if kind == "parameter" and section.kind == "migration":
            raise Refused(section.path, line, f"{token}: a migration takes no parameters")
        if kind in ("space", "comment"):
            if out and out[-1][0] != "space":
                out.append(("space", "\n" if "\n" in token else " ", line))
        else:
            out.append((kind, token, line))
        line += token.count("\n")
        at = match.end()
    while out and out[-1][0] == "space":
        out.pop()
    return out


def one_statement(section, tokens):
    """Drops the final semicolon of a statement and refuses a second statement."""
    for i, (kind, token, line) in enumerate(tokens):
        if kind == "other" and token == ";":
            if i != len(tokens) - 1:
                raise Refused(section.path, line, f"{section.name} holds more than one statement")
            tokens = tokens[:-1]
    return tokens


def for_postgres(section, part, tokens, parameters):
    out = []
    for i, (kind, token, _) in enumerate(tokens):
        if kind == "parameter":
            token = f"${parameters.index(token[1:]) + 1}"
        elif part.engine == "both" and kind == "word" and token.upper() == "BLOB":
            token = "BYTEA"
        elif (part.engine == "both" and section.kind == "migration" and kind == "word" and token.upper() == "TEXT" and
              not follows_as(tokens, i)):
            token = 'TEXT COLLATE "C"'
        out.append(token)
    return "".join(out)


def follows_as(tokens, i):
    """Inside CAST(x AS TEXT), where a collation would be a mistake."""
    before = [token for kind, token, _ in tokens[:i] if kind != "space"]
    return bool(before) and before[-1].upper() == "AS"


def parameters_of(tokens):
    out = []
    for kind, token, _ in tokens:
        if kind == "parameter" and token[1:] not in out:
            out.append(token[1:])
    return out


def texts_of(section):
    """The section as {engine: text} and the names of its parameters, as $1, $2, … count them."""
    tokens = [(part, tokens_of(section, part)) for part in section.parts]
    tokens = [(part, found) for part, found in tokens if found or part is not section.parts[0]]
    engines = [part.engine for part, _ in tokens]
    if section.kind == "statement":
        if "both" in engines and len(engines) > 1:
            raise Refused(section.path, section.line, f"{section.name} has text before its variants")
        if not engines or engines not in (["both"], ["sqlite", "postgres"], ["postgres", "sqlite"]):
            raise Refused(section.path, section.line, f"{section.name} needs one text, or both a sqlite and a postgres variant"
                          if engines else f"{section.name} is empty")
        tokens = [(part, one_statement(section, found)) for part, found in tokens]
    if not any(found for _, found in tokens) or section.kind == "statement" and not all(found for _, found in tokens):
        raise Refused(section.path, section.line, f"{section.name} is empty")
    by_engine = {part.engine: parameters_of(found) for part, found in tokens}
    if section.kind == "statement" and len({tuple(sorted(names)) for names in by_engine.values()}) > 1:
        odd = sorted(set(by_engine["sqlite"]) ^ set(by_engine["postgres"]))
        raise Refused(section.path, section.line, f"{section.name}: the variants differ in parameters: {', '.join(odd)}")
    parameters = by_engine.get("postgres", by_engine.get("both", []))
    sqlite = [(part.engine, "".join(token for _, token, _ in found)) for part, found in tokens]
    postgres = [(part.engine, for_postgres(section, part, found, parameters)) for part, found in tokens]
    return {
        "sqlite": "\n".join(text for engine, text in sqlite if engine != "postgres").strip(),
        "postgres": "\n".join(text for engine, text in postgres if engine != "sqlite").strip(),
    }, parameters


def check_room(sections):
    """Names are given once; migrations count 1, 2, … in the order in which they stand."""
    seen, last = {}, 0
    for section in sections:
        if section.kind == "statement":
            if section.name in seen:
                first = seen[section.name]
                raise Refused(section.path, section.line, f"{section.name} is already at {first.path}:{first.line}")
            seen[section.name] = section
        else:
            if section.number != last + 1:
                raise Refused(section.path, section.line, f"migration {section.number} follows {last}; expected {last + 1}")
            last = section.number


def c_text(text):
    """A C string, a line of SQL a line."""
    escapes = {"\\": "\\\\", '"': '\\"', "?": "\\?", "\t": "\\t", "\r": "\\r"}
    lines = ["".join(escapes.get(c, c) for c in line) for line in text.split("\n")]
    return "\n\t\t" + "\n\t\t".join(f'"{line}\\n"' for line in lines[:-1]) + ("\n\t\t" if lines[:-1] else "") + f'"{lines[-1]}"'


def write(room, sections):
    """(text of the .c, text of the .h)"""
    c = [f'/* Made from the .sql files of {room}. */\n#include "{room}_sql.h"\n']
    h = [f'/* Made from the .sql files of {room}. */\n#pragma once\n\n#include "store/store.h"\n']
    names, steps = [], []
    for section in sections:
        texts, parameters = texts_of(section)
        both = ", ".join(f".{engine} = {c_text(texts[engine])}" for engine in ("sqlite", "postgres"))
        if section.kind == "migration":
            steps.append(f'\t{{ .room = "{room}", .number = {section.number}, .title = {c_text(section.name)}, {both} }},\n')
            continue
        symbol = f"fn_sql_{room}_{section.name}"
        names.append(symbol)
        h.append(f"extern const FnSql {symbol};")
        listed = "".join(f'"{name}", ' for name in parameters)
        c.append(f"static const char *const {section.name}_parameters[] = {{ {listed}NULL }};")
        c.append(f'const FnSql {symbol} = {{ .name = "{room}.{section.name}", {both}, .parameters = {section.name}_parameters }};\n')
    h += [f"extern const FnSql *const fn_sql_{room}_all[];", f"extern const FnMigration fn_sql_{room}_migrations[];", ""]
    c += [f"const FnSql *const fn_sql_{room}_all[] = {{ " + "".join(f"&{name}, " for name in names) + "NULL };"]
    c += [f"const FnMigration fn_sql_{room}_migrations[] = {{\n" + "".join(steps) + "\t{ 0 },\n};", ""]
    return "\n".join(c), "\n".join(h)


def embed(room, inputs):
    """@inputs: (path, text) pairs."""
    sections = [section for path, text in inputs for section in sections_of(path, text)]
    check_room(sections)
    return write(room, sections)


def main(arguments):
    room, out_c, out_h, paths = arguments[0], arguments[1], arguments[2], arguments[3:]
    inputs = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            inputs.append((path, file.read().replace("\r\n", "\n")))
    try:
        c, h = embed(room, inputs)
    except Refused as refused:
        sys.exit(str(refused))
    for path, text in ((out_c, c), (out_h, h)):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(sys.argv[1:])
