#!/usr/bin/env python3
"""make_pdf.py PAGES FILE: a PDF of that many pages with forty lines of text each, compressed streams, one identifier a page."""
import sys
import zlib

pages, name = int(sys.argv[1]), sys.argv[2]
bodies = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
kids = []
for page in range(pages):
    lines = [f"Page {page} line {i}: the exchange platform keeps a record of every call." for i in range(39)] + [f"Contact user{page}@example.gov.cn"]
    text = zlib.compress(("BT /F1 10 Tf 50 800 Td 14 TL " + " ".join(f"({line}) '" for line in lines) + " ET").encode())
    bodies.append(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(text), text))
    bodies.append(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>" % len(bodies))
    kids.append(b"%d 0 R" % len(bodies))
bodies[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, b" ".join(kids))
out, offsets = b"%PDF-1.5\n", []
for number, body in enumerate(bodies, 1):
    offsets.append(len(out))
    out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
table = b"".join(b"%010d 00000 n \n" % at for at in offsets)
trailer = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
with open(name, "wb") as file:
    file.write(out + trailer % (len(bodies) + 1, table, len(bodies) + 1, len(out)))
