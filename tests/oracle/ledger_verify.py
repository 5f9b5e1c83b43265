#!/usr/bin/env python3
"""A second verifier of the ledger, written from the formats alone: Python's standard library, and the openssl program for
signatures. It shares no code with the first one, so that both would have to be wrong in the same way.

    ledger_verify.py log DIRECTORY [GM_KEY INTL_KEY]      a whole ledger, also a pruned one; keys default to DIRECTORY/keys
    ledger_verify.py receipt FILE GM_KEY INTL_KEY         one receipt
    ledger_verify.py proof FILE GM_KEY INTL_KEY [WITNESS…]  one tlog-proof with a receipt in it, and these cosignatures
    ledger_verify.py from FILE DIRECTORY GM_KEY INTL_KEY  a ledger, and that it begins with the tree of a head or checkpoint

Prints what it found and ends with 0, or names the fault and ends with 1."""
import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile

HEAD, BUNDLE, TILE = 4096, 256, 256
SPKI = {"intl": bytes.fromhex("302a300506032b6570032100"),
        "gm": bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")}
TREES = {"sha256": "", "sm3": "sm3/"}


class Fault(Exception):
    pass


def need(holds, why):
    if not holds:
        raise Fault(why)


def digest(tree, data):
    return hashlib.new(tree, data).digest()


def leaf(tree, entry):
    return digest(tree, b"\x00" + entry)


def node(tree, left, right):
    return digest(tree, b"\x01" + left + right)


def root(tree, hashes):
    """RFC 6962, by folding complete subtrees from the right."""
    stack = []
    for i, value in enumerate(hashes):
        stack.append(value)
        while i & 1:
            right = stack.pop()
            stack.append(node(tree, stack.pop(), right))
            i >>= 1
    if not stack:
        return digest(tree, b"")
    value = stack.pop()
    while stack:
        value = node(tree, stack.pop(), value)
    return value


def canonical(text, what):
    """The parsed value of @text, which must be spelled in the one canonical way."""
    def no_twice(pairs):
        need(len(dict(pairs)) == len(pairs), f"{what}: a name stands twice")
        return dict(pairs)
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=no_twice)
    except (UnicodeDecodeError, ValueError) as why:
        raise Fault(f"{what}: {why}") from why
    again = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")
    need(again == text, f"{what}: not in canonical form")
    return value


def check_entry(text, what):
    entry = canonical(text, what)
    need(sorted(entry) == ["body", "class", "from", "salt", "time"], f"{what}: other members than an entry has")
    need(isinstance(entry["body"], dict) and isinstance(entry["body"].get("event"), str), f"{what}: no event")
    need(entry["class"] in ("6m", "1y", "3y", "permanent"), f"{what}: unknown class")
    need(len(bytes.fromhex(entry["salt"])) == 16, f"{what}: no salt")
    return entry


def openssl_verifies(suite, key, message, signature):
    kind, _, encoded = key.partition(":")
    need(kind == suite, f"the key {key[:8]}… is not one of suite {suite}")
    with tempfile.TemporaryDirectory() as scratch:
        files = {"key": SPKI[suite] + base64.b64decode(encoded), "message": message, "signature": signature}
        for name, data in files.items():
            with open(os.path.join(scratch, name), "wb") as out:
                out.write(data)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key", "-rawin", "-in", "message",
                   "-sigfile", "signature"]
        if suite == "gm":
            command += ["-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]
        return subprocess.run(command, cwd=scratch, capture_output=True, check=False).returncode == 0


def check_head(head, gm_key, intl_key, what):
    need(sorted(head) == ["note", "origin", "sha256", "size", "sm3", "sm3_signature", "time"], f"{what}: other members than a head has")
    origin, size = head["origin"], head["size"]
    body = f"{origin}\n{size}\n{base64.b64encode(bytes.fromhex(head['sha256'])).decode()}\n"
    need(head["note"].startswith(body + "\n\u2014 " + origin + " ") and head["note"].endswith("\n"), f"{what}: the note says something else")
    signed = head["note"][len(body) + len(origin) + 4:-1]
    raw = base64.b64decode(signed, validate=True)
    need(base64.b64encode(raw).decode() == signed, f"{what}: the note's base64 has another spelling")
    public = base64.b64decode(intl_key.partition(":")[2])
    identity = hashlib.sha256(origin.encode() + b"\n\x01" + public).digest()[:4]
    need(raw[:4] == identity, f"{what}: the note names another key")
    need(openssl_verifies("intl", intl_key, body.encode(), raw[4:]), f"{what}: the Ed25519 signature does not verify")
    message = json.dumps({"origin": origin, "root": head["sm3"], "size": size, "time": head["time"]}, sort_keys=True,
                         separators=(",", ":")).encode()
    need(openssl_verifies("gm", gm_key, b"fengni/v1/ledger_head_gm\n" + message, base64.b64decode(head["sm3_signature"], validate=True)),
         f"{what}: the SM2 signature does not verify")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def read_segment(directory, name, origin, first):
    """The entries of one segment; everything else in the file must be as the format says."""
    what, data = f"segments/{name}", read(os.path.join(directory, "segments", name))
    title = f"fengni ledger segment 1\norigin {origin}\nfirst {first}\n".encode()
    need(len(data) % 4096 == 0 and data[:512] == title.ljust(512, b"\0"), f"{what}: wrong title or size")
    need(not any(data[1536:HEAD]), f"{what}: the page behind the commit records is not zero")
    entries, at = [], HEAD
    while at + 2 <= len(data) and data[at:at + 2] != b"\0\0":
        size = int.from_bytes(data[at:at + 2], "big")
        entry = data[at + 2:at + 2 + size]
        need(len(entry) == size, f"{what} at offset {at}: cut short")
        check_entry(entry, f"{what} at offset {at}")
        entries.append(entry)
        at += 2 + size
    need(not any(data[at:]), f"{what}: the padding from offset {at} on is not zero")
    check_commits(data, at, first + len(entries), what)
    return entries


def check_commits(data, end, size, what):
    found = []
    for place, parity in ((512, 0), (1024, 1)):
        sector = data[place:place + 512]
        if not any(sector):
            continue
        need(sector[:8] == b"fncommit" and hashlib.sha256(sector[:72]).digest() == sector[72:104] and not any(sector[104:]),
             f"{what} at offset {place}: no commit record")
        sequence, start, stop, count = (int.from_bytes(sector[i:i + 8], "big") for i in range(8, 40, 8))
        need(sequence & 1 == parity, f"{what} at offset {place}: out of its place")
        need(hashlib.sha256(data[start:stop]).digest() == sector[40:72], f"{what} at offset {place}: not the bytes of the commit")
        found.append((sequence, start, stop, count))
    found.sort()
    if end > HEAD:
        need(bool(found) and found[-1][2:] == (end, size), f"{what}: the last commit does not end where the entries do")
    if len(found) == 2:
        need(found[0][0] + 1 == found[1][0] and found[0][2] == found[1][1], f"{what}: the commits do not follow each other")


def tile_path(prefix, level, index, width):
    name = f"{index % 1000:03d}"
    while index >= 1000:
        index //= 1000
        name = f"x{index % 1000:03d}/{name}"
    return f"{prefix}tile/{level}/{name}" + ("" if width == TILE else f".p/{width}")


def check_tiles(directory, tree, leaves, size):
    """Every tile of the tree of @size leaves, and that no other file lies there."""
    prefix, level, row, checked = TREES[tree], 0, leaves, set()
    covered = size
    while row:
        for index in range((len(row) + TILE - 1) // TILE):
            hashes = row[index * TILE:(index + 1) * TILE]
            full = tile_path(prefix, level, index, TILE)
            partial = [full + ".p/" + name for name in list_folder(os.path.join(directory, full + ".p"))]
            wanted = min(TILE, covered - index * TILE)
            here = ([full] if os.path.exists(os.path.join(directory, full)) else []) + partial
            need(wanted <= 0 or full in here or (wanted < TILE and tile_path(prefix, level, index, wanted) in here), f"{full}: is missing")
            for path in here:
                width = TILE if path == full else int(path.rpartition("/")[2])
                need(read(os.path.join(directory, path)) == b"".join(hashes[:width]) and width <= len(hashes), f"{path}: wrong hashes")
                checked.add(path)
        row = [root(tree, row[i:i + TILE]) for i in range(0, len(row) - TILE + 1, TILE)]
        covered //= TILE
        level += 1
    for folder, _, names in os.walk(os.path.join(directory, prefix + "tile")):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), directory)
            need(path in checked, f"{path}: not a tile of this log")


def list_folder(path):
    return os.listdir(path) if os.path.isdir(path) else []


def read_kept(directory, origin):
    """What pruning left of the entries before the first segment: (first, {index: entry}, minimum, SM3 of the file)."""
    names = list_folder(os.path.join(directory, "kept"))
    if not names:
        return 0, {}, 0, None
    need(len(names) == 1, "kept: more than one file")
    what, data = f"kept/{names[0]}", read(os.path.join(directory, "kept", names[0]))
    lines = data[:512].rstrip(b"\0").decode().split("\n")
    said = dict(line.split(" ", 1) for line in lines[1:-1])
    minimum, first, count, size = (int(said[name]) for name in ("minimum", "first", "entries", "bytes"))
    title = (f"fengni ledger kept 1\norigin {origin}\nminimum {minimum}\nbefore {said['before']}\nfirst {first}\n"
             f"entries {count}\nbytes {size}\n").encode()
    need(data[:512] == title.ljust(512, b"\0") and names[0] == f"{minimum:016d}.kept", f"{what}: wrong title or name")
    need(len(data) == 512 + 16 * count + size and minimum <= first and first % BUNDLE == 0, f"{what}: wrong size")
    entries, at, last = {}, 512 + 16 * count, -1
    for place in range(512, 512 + 16 * count, 16):
        index, offset = int.from_bytes(data[place:place + 8], "big"), int.from_bytes(data[place + 8:place + 16], "big")
        need(last < index < first and offset == at, f"{what} at offset {place}: out of order")
        length = int.from_bytes(data[at:at + 2], "big")
        entries[index] = data[at + 2:at + 2 + length]
        need(len(entries[index]) == length > 0, f"{what} at offset {at}: cut short")
        check_entry(entries[index], f"{what} at offset {at}")
        at, last = at + 2 + length, index
    need(at == len(data), f"{what}: something follows its last entry")
    need(all(index in entries for index in range(minimum, first)), f"{what}: an entry from the minimum on is missing")
    return first, entries, minimum, digest("sm3", data).hex()


def leaves_of_tiles(directory, tree, first):
    """The hashes of the entries below @first, whose bytes are gone: heads say whether they are right."""
    hashes = b"".join(read(os.path.join(directory, tile_path(TREES[tree], 0, index, TILE))) for index in range(first // TILE))
    need(len(hashes) == 32 * first, f"{TREES[tree]}tile/0: a tile is cut short")
    return [hashes[at:at + 32] for at in range(0, len(hashes), 32)]


def verify_log(directory, gm_key, intl_key):
    """Returns origin, heads and the leaves of both trees."""
    origin = read(os.path.join(directory, "origin")).decode()
    need(origin.endswith("\n") and "\n" not in origin[:-1], "origin: not one line")
    origin = origin[:-1]
    keys = os.path.join(directory, "keys")
    need(not os.path.exists(keys) or read(keys).decode() == f"{gm_key}\n{intl_key}\n", "keys: others than those that were given")
    first, kept, minimum, kept_digest = read_kept(directory, origin)
    entries, offsets = [], b""
    for name in sorted(os.listdir(os.path.join(directory, "segments"))):
        number = first + len(entries)
        need(name == f"{number:016d}.seg", f"segments/{name}: entry {number} should come here")
        at = HEAD
        for number, entry in enumerate(read_segment(directory, name, origin, number), number):
            if number % BUNDLE == 0:
                offsets += at.to_bytes(4, "big")
            entries.append(entry)
            at += 2 + len(entry)
    size = first + len(entries)
    parsed = [json.loads(entry) for entry in entries]
    times = [json.loads(kept[index])["time"] for index in sorted(kept)] + [entry["time"] for entry in parsed]
    need(times == sorted(times), "an entry is older than the one before")
    leaves = {tree: leaves_of_tiles(directory, tree, first) + [leaf(tree, entry) for entry in entries] for tree in TREES}
    for tree in TREES:
        for index, entry in kept.items():
            need(leaf(tree, entry) == leaves[tree][index], f"kept entry {index} is not what its {tree} tile says")
    state = canonical(read(os.path.join(directory, "state"))[:-1], "state")
    heads_text = read(os.path.join(directory, "heads"))
    need(heads_text.endswith(b"\n") and b"\r" not in heads_text, "heads: the last line is cut short")
    heads = [canonical(line, "heads") for line in heads_text[:-1].split(b"\n")]
    for number, head in enumerate(heads):
        what = f"heads, line {number + 1}"
        need(head["origin"] == origin and head["size"] <= size, f"{what}: another log, or one that was cut")
        for tree in TREES:
            need(root(tree, leaves[tree][:head["size"]]).hex() == head[tree], f"{what}: the {tree} root is another")
        check_head(head, gm_key, intl_key, what)
    sizes = [head["size"] for head in heads]
    need(sizes == sorted(set(sizes)), "heads: out of order")
    for index, entry in enumerate(parsed, first):
        if entry["from"] == "ledger" and entry["body"]["event"] == "ledger.head":
            need(entry["body"]["size"] in sizes, f"heads: the one that entry {index} tells of is missing")
    named = [index for index, entry in enumerate(parsed, first) if entry["from"] == "ledger" and entry["body"]["event"] == "ledger.pruned"
             and entry["body"]["digest"] == kept_digest and entry["body"]["minimum"] == minimum]
    need(kept_digest is None or (named and named[0] < sizes[-1]), "kept: no signed entry says that this was to be kept")
    need(read(os.path.join(directory, "checkpoint")).decode() == heads[-1]["note"], "checkpoint: not the note of the last head")
    need(sizes[-1] <= state["size"] <= size, "state: of another size")
    for tree in TREES:
        need(root(tree, leaves[tree][:state["size"]]).hex() == state[tree], f"state: the {tree} root is another")
        check_tiles(directory, tree, leaves[tree], state["size"])
    index = read(os.path.join(directory, "bundles"))
    need(len(index) % 4 == 0 and offsets.startswith(index[first // BUNDLE * 4:]) and
         len(index) >= 4 * ((state["size"] + BUNDLE - 1) // BUNDLE), "bundles: wrong offsets")
    print(f"{size} entries, {first - len(kept)} of them pruned, {len(heads)} heads, signed over {sizes[-1]}")
    return origin, heads, leaves


def check_inclusion(tree, entry, index, size, proof, wanted):
    """RFC 9162, 2.1.3.2."""
    value, fn, sn = leaf(tree, entry), index, size - 1
    need(index < size, "the index is not in the tree")
    for step in proof:
        need(sn > 0, "the proof is too long")
        if fn & 1 or fn == sn:
            value = node(tree, step, value)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            value = node(tree, value, step)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0 and value == wanted, f"the {tree} proof does not lead to the root")


def check_receipt(text, gm_key, intl_key):
    receipt = canonical(text, "receipt")
    need(sorted(receipt) == ["entry", "head", "index", "proof"] and sorted(receipt["proof"]) == ["sha256", "sm3"], "other members than a receipt has")
    entry = json.dumps(receipt["entry"], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    check_entry(entry, "entry")
    check_head(receipt["head"], gm_key, intl_key, "head")
    for tree in TREES:
        steps = [bytes.fromhex(step) for step in receipt["proof"][tree]]
        need([step.hex() for step in steps] == receipt["proof"][tree], "a hash has another spelling")
        check_inclusion(tree, entry, receipt["index"], receipt["head"]["size"], steps, bytes.fromhex(receipt["head"][tree]))
    return receipt, entry


def verify_receipt(path, gm_key, intl_key):
    text = read(path)
    receipt, _ = check_receipt(text[:-1] if text.endswith(b"\n") else text, gm_key, intl_key)
    print(f"entry {receipt['index']} of {receipt['head']['size']}")


def decode(text, what):
    raw = base64.b64decode(text, validate=True)
    need(raw and base64.b64encode(raw).decode() == text, f"{what}: base64 with another spelling")
    return raw


def split_note(text):
    """Body and signature lines [(name, id, rest)] of a signed note."""
    need(text.endswith("\n") and "\n\n" in text and all(c == "\n" or c >= " " for c in text), "not a signed note")
    at = text.rindex("\n\n")
    lines = []
    for line in text[at + 2:-1].split("\n"):
        dash, name, blob = line.split(" ")
        need(dash == "\u2014" and name and "+" not in name and blob, "a signature line is not in its form")
        lines.append((name, blob))
    return text[:at + 1], lines


def check_checkpoint(text, intl_key, witnesses):
    """The log's signature and those of @witnesses (verifier keys of type 4). Returns origin, size and root."""
    body, lines = split_note(text)
    origin, size, encoded, *extensions = body[:-1].split("\n")
    need(all(extensions) and size == str(int(size)) and int(size) >= 0, "the checkpoint is not in its form")
    log = base64.b64decode(intl_key.partition(":")[2])
    signers = [(origin, 1, log)]
    for text_of_key in witnesses:
        name, identity, blob = text_of_key.split("+", 2)
        raw = decode(blob, "key of a witness")
        need(raw[0] == 4 and key_id(name, 4, raw[1:]).hex() == identity, f"{name}: not a witness's key")
        signers.append((name, 4, raw[1:]))
    for name, kind, key in signers:
        mine = [decode(blob, name)[4:] for other, blob in lines if other == name and decode(blob, name)[:4] == key_id(name, kind, key)]
        need(mine, f"{name}: no signature")
        for signature in mine:
            message = body.encode()
            if kind == 4:
                time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
                message = f"cosignature/v1\ntime {time}\n".encode() + message
            need(openssl_verifies("intl", "intl:" + base64.b64encode(key).decode(), message, signature), f"{name}: the signature does not verify")
    return body, origin, int(size), decode(encoded, "root")


def key_id(name, kind, key):
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + key).digest()[:4]


def verify_proof(path, gm_key, intl_key, *witnesses):
    text = read(path).decode()
    title, extra, index, *rest = text.split("\n")
    need(title == "c2sp.org/tlog-proof@v1" and extra.startswith("extra ") and index.startswith("index "), "not a tlog-proof with a receipt")
    gap = rest.index("")
    hashes = [decode(line, "hash") for line in rest[:gap]]
    body, _, size, wanted = check_checkpoint("\n".join(rest[gap + 1:]), intl_key, witnesses)
    receipt, entry = check_receipt(decode(extra[6:], "extra"), gm_key, intl_key)
    need(index[6:] == str(receipt["index"]), "the receipt is of another index")
    need([step.hex() for step in hashes] == receipt["proof"]["sha256"], "the receipt has other hashes")
    need(receipt["head"]["note"].startswith(body + "\n"), "the receipt is of another head")
    check_inclusion("sha256", entry, receipt["index"], size, hashes, wanted)
    print(f"entry {receipt['index']} of {size}, {len(witnesses)} witnesses")


def verify_from(path, directory, gm_key, intl_key):
    """By the roots over the first leaves: no consistency proof is needed where all leaves are at hand."""
    text = read(path).decode()
    if text.startswith("{"):
        head = canonical(text.rstrip("\n").encode(), "head")
        check_head(head, gm_key, intl_key, "head")
        origin, size, roots = head["origin"], head["size"], {tree: head[tree] for tree in TREES}
    else:
        _, origin, size, wanted = check_checkpoint(text, intl_key, [])
        roots = {"sha256": wanted.hex()}
    mine, heads, leaves = verify_log(directory, gm_key, intl_key)
    need(mine == origin, "the head is of another log")
    need(size <= heads[-1]["size"], "the log was rolled back")
    for tree, wanted in roots.items():
        need(root(tree, leaves[tree][:size]).hex() == wanted, f"the log was forked: another {tree} root")
    print(f"begins with the tree of {size}")


def main(arguments):
    if len(arguments) in (2, 4) and arguments[0] == "log":
        keys = arguments[2:] or read(os.path.join(arguments[1], "keys")).decode().splitlines()
        verify_log(arguments[1], *keys)
    elif len(arguments) == 4 and arguments[0] == "receipt":
        verify_receipt(*arguments[1:])
    elif len(arguments) >= 4 and arguments[0] == "proof":
        verify_proof(*arguments[1:])
    elif len(arguments) == 5 and arguments[0] == "from":
        verify_from(*arguments[1:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Fault, OSError, ValueError, KeyError) as fault:
        sys.exit(f"{fault}")
