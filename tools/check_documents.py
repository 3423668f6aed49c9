#!/usr/bin/env python3
"""Every path that a document names in backticks exists, and ARCHITECTURE.md names every folder of src/."""
import pathlib
import re
import sys

DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", *sorted(
    str(p.relative_to(pathlib.Path(__file__).resolve().parent.parent))
    for p in (pathlib.Path(__file__).resolve().parent.parent / "docs").rglob("*.md"))]
# Paths as written in prose: `src/...`, `configs/...` and so on; <name> marks a pattern, not a path.
PATH = re.compile(r"`((?:src|configs|tests|bench|tools|docs|cmake)(?:/[\w.\-/<>*{},]*)?)(?::\d+)?`")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")


def main() -> int:
    root = pathlib.Path(__file__).resolve().parent.parent
    wrong, seen = [], 0
    for name in DOCUMENTS:
        document = root / name
        if not document.exists():
            wrong.append(f"{name}: is missing")
            continue
        for number, line in enumerate(document.read_text().splitlines(), 1):
            named = [(m, root) for m in PATH.findall(line)] + [(m, document.parent) for m in LINK.findall(line)]
            for path, base in named:
                if any(c in path for c in "<>*{},"):
                    continue
                seen += 1
                if not (base / path).exists():
                    wrong.append(f"{name}:{number}: names {path}, which does not exist")
    architecture = (root / "ARCHITECTURE.md").read_text()
    for folder in sorted(p.name for p in (root / "src").iterdir() if p.is_dir()):
        if f"`src/{folder}`" not in architecture:
            wrong.append(f"ARCHITECTURE.md: has no line for `src/{folder}`")
    print("\n".join(wrong) if wrong else f"documents: {seen} paths exist")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
