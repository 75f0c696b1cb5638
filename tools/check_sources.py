#!/usr/bin/env python3
"""What a regular expression can find: prints outside cli/, sleeps in tests, marks of unfinished work."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
RULES = [
    # (pattern, folders it does not hold in, what to do instead)
    (re.compile(r"std::c(out|err)\b"), {"cli", "simulator", "tests", "bench"}, "print only in cli/; log in daemon/"),
    (re.compile(r"\bsleep_(for|until)\b|\busleep\(|[^_a-z]sleep\("), {"simulator", "runner", "store"}, "inject time, wait for a condition"),
    (re.compile(r"\bTO" + r"DO\b|\bFIX" + r"ME\b|\bX" + r"XX\b"), set(), "finish it, or file an issue"),
    (re.compile(r"\bgetenv\("), {"daemon", "cli", "tests", "simulator", "http"}, "read the environment in main"),
]


def main():
    problems = []
    for path in sorted(ROOT.rglob("*.[ch]pp")):
        where = path.relative_to(ROOT)
        folder = where.parts[0]
        if folder.startswith(("build", ".")):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for pattern, exempt, advice in RULES:
                # A hostile server that is slow on purpose says so on the line.
                if folder not in exempt and pattern.search(line) and "not synchronisation" not in line:
                    problems.append(f"{where}:{number}: {pattern.pattern}: {advice}")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
