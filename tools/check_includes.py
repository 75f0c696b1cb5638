#!/usr/bin/env python3
"""Holds the tree to tools/layers.txt and tools/headers.txt: who includes whom, and where third-party headers live."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def table(name):
    rows = {}
    for line in (ROOT / "tools" / name).read_text().splitlines():
        line = line.split("#")[0].strip()
        if line:
            key, _, value = line.partition(":")
            rows[key.strip()] = value.split()
    return rows


def main():
    layers = table("layers.txt")
    headers = table("headers.txt")
    problems = []
    for folder, allowed in layers.items():
        may = set(allowed) | {folder} | (set() if folder == "simulator" else {"base"})
        for path in sorted((ROOT / folder).rglob("*.[ch]pp")):
            where = path.relative_to(ROOT)
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                kind, name = match.groups()
                top = name.split("/")[0]
                if kind == '"':
                    if top in layers and top not in may:
                        problems.append(f"{where}:{number}: {folder} may not include {top} (tools/layers.txt)")
                    continue
                for prefix, owners in headers.items():
                    if not name.startswith(prefix):
                        continue
                    in_header = path.suffix == ".hpp"
                    ok = f"header:{folder}" in owners or (folder in owners and not in_header)
                    if not ok:
                        problems.append(f"{where}:{number}: <{name}> is not for {folder}'s "
                                        f"{'headers' if in_header else 'sources'} (tools/headers.txt)")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
