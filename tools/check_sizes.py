#!/usr/bin/env python3
"""Functions of more than 40 lines and files of more than 350 (CONTRIBUTING.md) in src/, tests/ and bench/.

usage: tools/check_sizes.py [--all]
--all lists everything longer than the house wants; without it only what is far longer is listed, and fails.
Leans on .clang-format: a body opens at the end of a line and closes at the indentation of its head.
"""
import pathlib
import re
import sys

HOUSE_FUNCTION, HOUSE_FILE = 40, 350
MOST_FUNCTION, MOST_FILE = 60, 500
# Not the head of a function: blocks, types, initialisers.
OTHER = re.compile(r"\s*(namespace|struct|class|enum|union|extern|if|for|while|switch|else|do|try|case|default|return|const auto|auto|static const|}|//)\b")


def indent_of(line):
    return len(line) - len(line.lstrip(" "))


def functions(lines):
    """(line number, lines between the braces, head) of each function that is defined in the file."""
    for opening, line in enumerate(lines):
        if not line.endswith("{"):
            continue
        body = next((text for text in lines[opening + 1:] if text.strip()), "")
        if indent_of(body) < 2 or body.lstrip().startswith("}"):
            continue
        start = opening
        while start > 0 and indent_of(lines[start]) > indent_of(body) - 2:  # a head broken over several lines
            start -= 1
        head = " ".join(text.strip() for text in lines[start:opening + 1])
        if indent_of(lines[start]) > 4 or OTHER.match(lines[start]) or not re.search(r"\)[^()=]*(:.*)?\{$", head) or " = " in head.split("(")[0]:
            continue
        closing = " " * indent_of(lines[start]) + "}"
        for end in range(opening + 1, len(lines)):
            if lines[end].startswith(closing):
                yield start + 1, end - opening - 1, head
                break


def main() -> int:
    every = "--all" in sys.argv[1:]
    root = pathlib.Path(__file__).resolve().parent.parent
    most_function, most_file = (HOUSE_FUNCTION, HOUSE_FILE) if every else (MOST_FUNCTION, MOST_FILE)
    longer, seen = [], 0
    for path in sorted(p for folder in ("src", "tests", "bench") for p in (root / folder).rglob("*") if p.suffix in (".h", ".cpp", ".cu")):
        lines = path.read_text(encoding="utf-8").splitlines()
        name = path.relative_to(root)
        if len(lines) > most_file:
            longer.append((len(lines) - most_file, f"{name}: {len(lines)} lines"))
        for number, size, head in functions(lines):
            seen += 1
            if size > most_function:
                longer.append((size - most_function, f"{name}:{number}: {size} lines: {head[:90]}"))
    for _, text in sorted(longer, reverse=True):
        print(text)
    print(f"sizes: {seen} functions, {len(longer)} functions or files above {most_function} and {most_file} lines")
    return 1 if longer and not every else 0


if __name__ == "__main__":
    sys.exit(main())
