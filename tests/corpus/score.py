#!/usr/bin/env python3
"""Recall and precision per detector of `fengni scan` over a labelled corpus: score.py DIR [least]; exit 1 below the least (0.99).

A finding is right when its detector and its bytes are the truth's; free-form ones (names, addresses, pairs, marks, numbers written
with words) may differ at their ends as long as they overlap by half. A marked document must be blocked, no other may be.
"""
import collections
import json
import os
import pathlib
import subprocess
import sys

FREE = {"cn.name", "cn.address", "account_password", "cn.estate_cert", "cn.officer_id", "cn.birth_date", "cn.secrecy_mark", "secret_key", "cn.landline", "geo_point",
        "url_credential"}
IGNORED = {"cn.keyword", "cn.gender"}  # words, not identifiers: no truth is kept of them


def same(found, true):
    if found["detector"] != true["detector"]:
        return False
    if found["detector"] not in FREE:
        return (found["start"], found["end"]) == (true["start"], true["end"])
    overlap = min(found["end"], true["end"]) - max(found["start"], true["start"])
    return overlap * 2 >= max(found["end"] - found["start"], true["end"] - true["start"])


def scan(directory, program):
    done = subprocess.run([program, "scan", "--json", directory], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"fengni scan: exit {done.returncode}: {done.stderr}")
    return {os.path.basename(one["file"]): one for one in map(json.loads, done.stdout.splitlines()) if "file" in one}


def main():
    directory, least = pathlib.Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.99
    program = os.environ.get("FENGNI_BUILD", str(pathlib.Path(__file__).resolve().parents[2] / "build")) + "/fengni"
    results = scan(directory, program)
    right, missed, false = collections.Counter(), collections.Counter(), collections.Counter()
    examples, wrong_verdicts = [], []
    for line in (directory / "truth.jsonl").read_text().splitlines():
        truth = json.loads(line)
        result = results[truth["file"]]
        found = [one for one in result["findings"] if one["detector"] not in IGNORED]
        if (result["verdict"] == "blocked") != truth["blocked"] or result["verdict"] == "not_fully_inspected":
            wrong_verdicts.append(f"{truth['file']}: {result['verdict']} {result.get('reason', '')}")
        for true in truth["findings"]:
            match = next((one for one in found if same(one, true)), None)
            (right if match else missed)[true["detector"]] += 1
            if match:
                found.remove(match)
            else:
                examples.append(("missed", truth["file"], true))
        for one in found:
            false[one["detector"]] += 1
            examples.append(("false", truth["file"], one))
    fine = not wrong_verdicts
    for detector in sorted(right | missed | false):
        recall = right[detector] / max(1, right[detector] + missed[detector])
        precision = right[detector] / max(1, right[detector] + false[detector])
        enough = recall >= least and precision >= least and right[detector] > 0
        fine &= enough
        print(f"{'ok  ' if enough else 'FAIL'} {detector:20} recall {recall:.4f}  precision {precision:.4f}  of {right[detector] + missed[detector]}")
    for what, file, one in examples[:int(os.environ.get("EXAMPLES", "20"))]:
        text = (directory / file).read_bytes()
        around = text[max(0, one["start"] - 40):one["start"]] + b"[[" + text[one["start"]:one["end"]] + b"]]" + text[one["end"]:one["end"] + 12]
        print(f"     {what} {one['detector']} in {file} at {one['start']}-{one['end']}: {around.decode(errors='replace')!r}")
    for one in wrong_verdicts[:20]:
        print("     verdict", one)
    sys.exit(0 if fine else 1)


main()
