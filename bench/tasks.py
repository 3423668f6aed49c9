#!/usr/bin/env python3
"""Trains every task on the small model with one small budget and writes the table of docs/tasks.md.

make bench-tasks; or: bench/tasks.py --program build/release/src/cli/polyclinic --data FOLDER [--only gad,hoc]
Public data lies in --data (POLYCLINIC_DATA); tasks whose data is not public train on `polyclinic data synth`.
A row that was not run this time keeps what it said. The numbers say that a task trains and is scored, not how well a
large model does.
"""
import argparse
import json
import os
import re
import subprocess
import tempfile
import time

BUDGET = ["model=tiny", "strategy=s1", "model.attention=bidirectional", "model.lora.rank=32", "model.lora.alpha=64",
          "train.learning_rate=2e-3", "train.epochs=100", "train.early_stopping_patience=100",
          "output.tensorboard=false"]
NOTES = 120  # made-up notes a task
# name, where the data lies below --data ("" for made-up), words of the task's own
ROWS = [
    ("bc5cdr", "biomed/bc5cdr", ["task.preprocessing.max_seq_len=128"]),
    ("ddi", "biomed/ddi", ["task.preprocessing.max_seq_len=256", "task.data.dev_share=0.1"]),
    ("chemprot", "biomed/chemprot", ["task.preprocessing.max_seq_len=256"]),
    ("measeval", "measeval", ["task.preprocessing.max_seq_len=256", "task.data.dev_share=0.1"]),
    ("pubmedqa", "biomed/pubmedqa", ["task.preprocessing.max_seq_len=256"]),
    ("gad", "biomed/gad", ["task.preprocessing.max_seq_len=128"]),
    ("hoc", "biomed/hoc", ["task.preprocessing.max_seq_len=96"]),
    ("biosses", "biomed/biosses", ["task.preprocessing.max_seq_len=128"]),
    ("cqa", "cqa", ["task.preprocessing.max_seq_len=128"]),
    ("semeval2021t6_persuasion", "semeval2021t6_persuasion", ['task.subtask="1"']),
    ("semeval2021t6_persuasion/2", "semeval2021t6_persuasion", ['task.subtask="2"']),
    ("tempeval_silver", "tempeval_silver", ["task.preprocessing.max_seq_len=256", "task.data.dev_share=0.2"]),
    ("semeval2014t7", "", ["task.preprocessing.max_seq_len=128"]),
    ("semeval2015t14", "", ["task.preprocessing.max_seq_len=128"]),
    ("semeval2016t12", "", ["task.preprocessing.max_seq_len=256"]),
    ("semeval2017t3", "", ["task.preprocessing.max_seq_len=128"]),
    ("semeval2021t6", "", ["task.preprocessing.max_seq_len=128", "task.data.format=brat"]),
]
HEAD = ("| task | data | steps | metric | small model | majority | simple baseline | seconds |\n"
        "|---|---|---|---|---|---|---|---|\n")
BEGIN, END = "<!-- bench-tasks: begin -->", "<!-- bench-tasks: end -->"


def train(arguments, name, below, words, scratch):
    task = name.split("/")[0]
    if below:
        path = os.path.join(arguments.data, below)
        if not os.path.isdir(path):
            return None, f"no {path}"
    else:
        made = subprocess.run([arguments.program, "data", "synth", "--task", task, "--notes", str(NOTES), "--seed", "1",
                               "--out", scratch], capture_output=True, text=True)
        if made.returncode:
            return None, made.stderr.strip()
        path = os.path.join(scratch, task)
    command = [arguments.program, "run", "--quiet", "--json", f"task={task}", f"task.data.path={path}",
               f"output.dir={scratch}/results-{name.replace('/', '-')}", f"train.max_steps={arguments.steps}",
               f"train.eval_every_n_steps={max(1, arguments.steps // 3)}", *BUDGET, *words]
    start = time.time()
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        return None, result.stderr.strip().splitlines()[-1] if result.stderr.strip() else f"exit {result.returncode}"
    record = json.loads(result.stdout)
    scores = record["tasks"][task]
    simple = scores["simple"]
    row = (f"| {name} | {'public' if below else f'made up, {NOTES} notes'} | {record['steps']} | {scores['metric']} "
           f"| {scores['value']:.4f} | {scores['majority']:.4f} | {simple['value']:.4f} {simple['name']} "
           f"| {time.time() - start:.0f} |")
    return row, ""


def old_rows(text):
    found = re.search(re.escape(BEGIN) + r"(.*?)" + re.escape(END), text, re.S)
    rows = {}
    for line in found.group(1).splitlines() if found else []:
        name = line.strip("| ").split(" | ")[0]
        if line.startswith("| ") and name not in ("task",):
            rows[name] = line
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build/release/src/cli/polyclinic")
    parser.add_argument("--data", default=os.environ.get("POLYCLINIC_DATA", "../shared/data"))
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--only", default="", help="names of rows, with commas between")
    parser.add_argument("--page", default="docs/tasks.md")
    arguments = parser.parse_args()
    only = [name for name in arguments.only.split(",") if name]
    unknown = set(only) - {name for name, _, _ in ROWS}
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    with open(arguments.page, encoding="utf-8") as page:
        text = page.read()
    rows, failed = old_rows(text), 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, below, words in ROWS:
            if only and name not in only:
                continue
            row, reason = train(arguments, name, below, words, scratch)
            print(row or f"{name}: {reason}", flush=True)
            failed += row is None
            if row:
                rows[name] = row
    table = HEAD + "".join(rows[name] + "\n" for name, _, _ in ROWS if name in rows)
    text = re.sub(re.escape(BEGIN) + r".*?" + re.escape(END), lambda _: f"{BEGIN}\n{table}{END}", text, flags=re.S)
    with open(arguments.page, "w", encoding="utf-8") as page:
        page.write(text)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
