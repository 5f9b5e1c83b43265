#!/usr/bin/env python3
"""Writes a text file as a C string: embed_template.py NAME OUTPUT INPUT"""
import sys

name, output, source = sys.argv[1:4]
with open(source, encoding="utf-8") as file:
    lines = file.read().splitlines()
with open(output, "w", encoding="utf-8") as file:
    file.write(f"static const char {name}[] =\n")
    for line in lines:
        quoted = line.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
        file.write(f'\t"{quoted}\\n"\n')
    file.write(";\n")
