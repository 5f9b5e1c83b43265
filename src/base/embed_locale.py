"""Turns locales/zh.txt into a C table: embed_locale.py OUT.c IN.txt

The file holds pairs of lines, "en: …" and "zh: …"; blank lines and '#' lines separate. Duplicate, missing or differing
conversions (%s, %d, …) are refused with file:line."""
import re
import sys

CONVERSION = re.compile(r"%[-0-9.*]*(?:l|ll|z)?[a-zA-Z]|%%")


def fail(path, number, why):
    sys.exit(f"{path}:{number}: {why}")


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
            if CONVERSION.findall(line[4:]) != CONVERSION.findall(english):
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
