"""Made-up memes for the scorers of SemEval-2021 Task 6. --script is scorer/task1_3.py; the scorer of subtask 2 is
found through the environment variable PERSUASION_SPAN_SCORER, the lists of techniques through PERSUASION_LISTS
(a folder with techniques_list_task1-2.txt and techniques_list_task3.txt)."""
import json
import os
import pathlib
import random
import re
import subprocess

LISTS = pathlib.Path(os.environ["PERSUASION_LISTS"])
PREFIX = re.compile(rb"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - INFO - |INFO : )", re.M)


def techniques(subtask):
    name = "techniques_list_task3.txt" if subtask == "3" else "techniques_list_task1-2.txt"
    return [line.strip() for line in (LISTS / name).read_text().split("\n") if line.strip()]


def spans(rng, names, count):
    out = []
    for _ in range(count):
        start = rng.randint(0, 60)
        out.append({"start": start, "end": start + rng.randint(1, 30), "technique": rng.choice(names)})
    return out


def make(folder, number):
    rng = random.Random(number)
    subtask = "123"[number % 3]
    names = techniques(subtask)[: rng.choice([3, 8, 30])]
    gold, pred = [], []
    for place in range(rng.randint(1, 12)):
        for side in (gold, pred):
            count = rng.choice([0, 1, 2, 5])
            labels = spans(rng, names, count) if subtask == "2" else rng.sample(names, min(count, len(names)))
            side.append({"id": str(100 + place), "labels": labels})
    for item, other in zip(gold, pred):
        if rng.random() < 0.4:
            other["labels"] = [dict(x) if isinstance(x, dict) else x for x in item["labels"]]
    rng.shuffle(pred)
    (folder / "gold.txt").write_text(json.dumps(gold, indent=1, ensure_ascii=False))
    (folder / "pred.txt").write_text(json.dumps(pred, ensure_ascii=True))
    return {"subtask": subtask, **({"output_for_script": "true"} if number % 6 == 4 else {})}


def run_official(folder, options, script, python):
    gold, pred = str((folder / "gold.txt").resolve()), str((folder / "pred.txt").resolve())
    listed = str(LISTS / ("techniques_list_task3.txt" if options["subtask"] == "3" else "techniques_list_task1-2.txt"))
    if options["subtask"] != "2":
        done = subprocess.run([python, script, "-g", gold, "-p", pred, "-c", listed], capture_output=True,
                              cwd=pathlib.Path(script).parent.parent)
        lines = [line for line in done.stderr.splitlines(True) if b"micro-F1" in line]
        return PREFIX.sub(b"", lines[0]) if lines else None
    span_script = os.environ["PERSUASION_SPAN_SCORER"]
    flags = ["-o"] if "output_for_script" in options else []
    done = subprocess.run([python, span_script, "-s", pred, "-r", gold, "-p", listed, *flags], capture_output=True,
                          cwd=pathlib.Path(span_script).parent)
    lines = [line for line in done.stdout.splitlines(True) if b"format" not in line]
    return PREFIX.sub(b"", b"".join(lines))
