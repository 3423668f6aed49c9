#!/usr/bin/env python3
"""Refuses an upward include: a folder of src/ uses only those before it in the data flow (ARCHITECTURE.md)."""
import pathlib
import re
import sys

ORDER = ["core", "config", "text", "tasks", "data", "kernels", "model", "adapter", "strategy", "train", "eval", "store",
         "report", "cli"]
TORCH_FREE = {"core", "config", "text", "tasks", "data", "kernels", "store", "report"}
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<((?:torch|ATen|c10)/[^>]+)>)', re.M)


def main() -> int:
    root = pathlib.Path(__file__).resolve().parent.parent
    wrong = []
    for folder in ORDER:
        for path in sorted((root / "src" / folder).rglob("*")):
            if path.suffix not in {".h", ".cpp", ".cu", ".cuh"}:
                continue
            text = path.read_text()
            for match in INCLUDE.finditer(text):
                line = text.count("\n", 0, match.start(match.lastindex)) + 1
                where = f"{path.relative_to(root)}:{line}"
                if match.group(2):
                    if folder in TORCH_FREE:
                        wrong.append(f"{where}: {folder} is free of torch and includes <{match.group(2)}>")
                    continue
                target = match.group(1).split("/")[0]
                if target not in ORDER:
                    wrong.append(f'{where}: "{match.group(1)}" does not name a folder of src/; write it from src/, '
                                 "or in angle brackets if it is a library's")
                elif ORDER.index(target) > ORDER.index(folder):
                    wrong.append(f"{where}: {folder} comes before {target} in the flow and may not include {match.group(1)}")
    print("\n".join(wrong) if wrong else f"includes: {len(ORDER)} folders in order")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
