"""Turns locales/zh.txt into a C table: embed_locale.py OUT.c IN.txt

The file holds pairs of lines, "en: …" and "zh: …"; blank lines and '#' lines separate. Duplicate, missing or differing
conversions (%s, %d, …) are refused with file:line. Where Chinese wants another order it names them: %2$s … %1$s; then it names all,
each once or more."""
import re
import sys

CONVERSION = re.compile(r"%(?:\d+\$)?[-+0-9.*]*(?:l|ll|z)?[a-zA-Z]|%%")
NAMED = re.compile(r"%(\d+)\$")


def fail(path, number, why):
    sys.exit(f"{path}:{number}: {why}")


def in_order(chinese):
    """The conversions of the Chinese text as the English would have them; None when some are named and others not, or left out."""
    found = [each for each in CONVERSION.findall(chinese) if each != "%%"]
    named = [NAMED.match(each) for each in found]
    if not any(named):
        return CONVERSION.findall(chinese)
    if not all(named):
        return None
    at = {}
    for each, name in zip(found, named):
        if at.setdefault(int(name.group(1)), "%" + each[name.end():]) != "%" + each[name.end():]:
            return None
    return [at.get(i) for i in range(1, max(at) + 1)]


def agree(english, chinese):
    wanted = CONVERSION.findall(english)
    if NAMED.search(chinese):
        wanted = [each for each in wanted if each != "%%"]
    return in_order(chinese) == wanted


def read(path):
    pairs, english, line_of = {}, None, 0
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.rstrip("\n")
        if not line or line.startswith("#"):
            continue
        if line.startswith("en: ") and english is None:
            english, line_of = line[4:], number
            if english in pairs:
                fail(path, number, "given twice")
        elif line.startswith("zh: ") and english is not None:
            if not agree(english, line[4:]):
                fail(path, number, "its conversions differ from the English text")
            pairs[english], english = line[4:], None
        else:
            fail(path, number, 'expected "en: …" and then "zh: …"')
    if english is not None:
        fail(path, line_of, "no zh line follows")
    return pairs


def quoted(text):
    text = text.replace("\\n", "\n")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def main(out, path):
    pairs = read(path)
    with open(out, "w", encoding="utf-8") as c:
        c.write('#include "base/say_priv.h"\n\nconst FnSaying fn_sayings[] = {\n')
        for english in sorted(pairs, key=lambda text: text.replace("\\n", "\n").encode()):
            c.write(f"\t{{ {quoted(english)}, {quoted(pairs[english])} }},\n")
        c.write("};\nconst gsize fn_sayings_count = G_N_ELEMENTS(fn_sayings);\n")


main(*sys.argv[1:])
