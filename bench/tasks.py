#!/usr/bin/env python3
"""Trains every task on the small model and writes the table of docs/tasks.md.

make bench-tasks; or: bench/tasks.py --program build/release/src/cli/polyclinic --data FOLDER [--only gad,hoc]
Public data lies in --data (POLYCLINIC_DATA); tasks whose data is not public train on `polyclinic data synth`.
Each run has one thread, --jobs of them go side by side, the longest first. Steps are a row's own (--steps sets all).
A run that reaches --limit or --within is told to save and stop; it is reported and has no row. --results FILE keeps a
JSON line of each run, written as it ends; --from FILE writes the table from such a file and trains nothing.
A row that was not run this time keeps what it said. The numbers say that a task trains and is scored, not how well a
large model does.
"""
import argparse
import concurrent.futures
import json
import os
import re
import signal
import subprocess
import tempfile
import time

BUDGET = ["model=tiny", "strategy=s1", "train.device=cpu", "train.threads=1", "train.epochs=1000",
          "train.early_stopping_patience=1000", "output.tensorboard=false", "output.keep_checkpoints=1"]
GRACE = 90  # seconds that a run has for saving, or for the score that it is at, before it is killed
EVALUATIONS = 3  # of dev, in a run, the last one at its end


class Row:
    """Name, folder below --data ("" for made-up), steps, minutes of one core (for the order), further words."""

    def __init__(self, name, below, steps, minutes, words):
        self.name, self.below, self.steps, self.minutes, self.words = name, below, steps, minutes, words
        self.task = name.split("/")[0]


def sized(tokens, batch):
    return [f"task.preprocessing.max_seq_len={tokens}", f"train.batch_size={batch}"]


TERMS = "task.data.terminology={notes}/terminology/MRCONSO.RRF"
ROWS = [
    Row("bc5cdr", "biomed/bc5cdr", 600, 6, sized(128, 32)),
    Row("ddi", "biomed/ddi", 800, 5, sized(512, 2) + ["task.data.dev_share=0.1"]),
    Row("chemprot", "biomed/chemprot", 420, 7, sized(512, 2) + ["++task.data.dev_share=0.05"]),
    Row("measeval", "measeval", 240, 4, sized(512, 8) + ["task.data.dev_share=0.1"]),
    Row("pubmedqa", "biomed/pubmedqa", 60, 3, sized(256, 16)),
    Row("gad", "biomed/gad", 300, 3, sized(128, 32)),
    Row("hoc", "biomed/hoc", 450, 5, sized(96, 32)),
    Row("biosses", "biomed/biosses", 60, 1, sized(128, 16) + ["train.learning_rate=4e-3"]),
    Row("cqa", "cqa", 120, 5, sized(128, 32)),
    Row("semeval2021t6_persuasion", "semeval2021t6_persuasion", 200, 3, ['task.subtask="1"']),
    Row("semeval2021t6_persuasion/2", "semeval2021t6_persuasion", 400, 4, ['task.subtask="2"', "train.batch_size=8"]),
    Row("tempeval_silver", "tempeval_silver", 80, 3, sized(512, 8) + ["task.data.dev_share=0.2"]),
    Row("semeval2014t7", "", 250, 5, sized(128, 16) + [TERMS]),
    Row("semeval2015t14", "", 250, 5, sized(128, 16) + [TERMS]),
    Row("semeval2016t12", "", 180, 5, sized(256, 16)),
    Row("semeval2017t3", "", 150, 4, sized(128, 32)),
    Row("semeval2021t6", "", 250, 4, sized(128, 16) + ["task.data.format=brat"]),
]
HEAD = ("| task | data | steps | metric | small model | majority | simple baseline | given entities | seconds |\n"
        "|---|---|---|---|---|---|---|---|---|\n")
BEGIN, END = "<!-- bench-tasks: begin -->", "<!-- bench-tasks: end -->"


class Bench:
    def __init__(self, arguments, folder):
        self.arguments, self.folder, self.start = arguments, folder, time.time()
        self.environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        self.processes = set()
        signal.signal(signal.SIGTERM, self.stop)

    def stop(self, *_):
        """No run begins any more, and those that are on the way save."""
        self.arguments.within = 0
        for process in list(self.processes):
            process.send_signal(signal.SIGINT)

    def say(self, command, limit):
        """Output of a command; after `limit` seconds it is interrupted, and killed if it does not save soon."""
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=self.environment)
        self.processes.add(process)
        reached = False
        try:
            out, err = process.communicate(timeout=max(1, limit))
        except subprocess.TimeoutExpired:
            reached = True
            process.send_signal(signal.SIGINT)
            try:
                out, err = process.communicate(timeout=GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = process.communicate()
        self.processes.discard(process)
        return process.returncode, out, err, reached

    def words(self, row):
        """The row's own words, its data among them."""
        if row.below:
            path = os.path.join(self.arguments.data, row.below)
            if not os.path.isdir(path):
                raise RuntimeError(f"no {path}")
            return [f"task.data.path={path}", *row.words]
        notes = os.path.join(self.folder, "notes", row.name)
        code, _, err, _ = self.say([self.arguments.program, "data", "synth", "--task", row.task, "--notes",
                                    str(self.arguments.notes), "--seed", "1", "--out", notes], 60)
        if code:
            raise RuntimeError(err.strip())
        return [f"task.data.path={notes}/{row.task}", *(word.replace("{notes}", notes) for word in row.words)]

    def train(self, row):
        """One row's result, as its JSON line."""
        start = time.time()
        made = f"made up, {self.arguments.notes} notes"
        result = {"name": row.name, "data": "public" if row.below else made, "status": "failed"}
        left = min(self.arguments.limit, self.start + self.arguments.within - start)
        if left <= 0:
            return {**result, "status": "not started", "reason": "no time left"}
        try:
            words = self.words(row)
        except RuntimeError as error:
            return {**result, "reason": str(error)}
        steps = self.arguments.steps or row.steps
        code, out, err, reached = self.say(
            [self.arguments.program, "run", "--json", f"task={row.task}",
             f"output.dir={self.folder}/{row.name.replace('/', '-')}", f"train.max_steps={steps}",
             f"train.eval_every_n_steps={-(-steps // EVALUATIONS)}", *BUDGET, *words, *self.arguments.set],
            left)
        result.update(seconds=round(time.time() - start, 1), losses=[
            line for line in err.splitlines() if "gold items cannot be" in line or "were cut" in line])
        if code in (130, 143) or (reached and code):
            return {**result, "status": "stopped", "reason": f"after {time.time() - start:.0f} s, exit {code}"}
        if code:
            return {**result, "reason": err.strip().splitlines()[-1] if err.strip() else f"exit {code}"}
        record = json.loads(out)
        return {**result, "status": "scored", "steps": record["steps"], "best_step": record["best_step"],
                "dev": record["dev"], "tokens": record["tokens"]["total"], **record["tasks"][row.task]}


def table_row(result):
    given = ", ".join(f"{name} {score['value']:.4f}" for name, score in result.get("on_gold_entities", {}).items())
    return (f"| {result['name']} | {result['data']} | {result['steps']} | {result['metric']} | {result['value']:.4f} "
            f"| {result['majority'] + 1e-12:.4f} | {result['simple']['value']:.4f} {result['simple']['name']} | {given} "
            f"| {result['seconds']:.0f} |")


def old_rows(text):
    found = re.search(re.escape(BEGIN) + r"(.*?)" + re.escape(END), text, re.S)
    rows = {}
    for line in found.group(1).splitlines() if found else []:
        name = line.strip("| ").split(" | ")[0]
        if line.startswith("| ") and name not in ("task",):
            rows[name] = line
    return rows


def write_table(page, results):
    with open(page, encoding="utf-8") as file:
        text = file.read()
    rows = old_rows(text)
    rows.update({result["name"]: table_row(result) for result in results if result["status"] == "scored"})
    table = HEAD + "".join(rows[row.name] + "\n" for row in ROWS if row.name in rows)
    text = re.sub(re.escape(BEGIN) + r".*?" + re.escape(END), lambda _: f"{BEGIN}\n{table}{END}", text, flags=re.S)
    with open(page, "w", encoding="utf-8") as file:
        file.write(text)


def run(arguments, rows, folder):
    bench, results = Bench(arguments, folder), []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        longest = sorted(rows, key=lambda row: -row.minutes)
        for future in concurrent.futures.as_completed([pool.submit(bench.train, row) for row in longest]):
            result = future.result()
            results.append(result)
            if arguments.results:
                with open(arguments.results, "a", encoding="utf-8") as file:
                    file.write(json.dumps(result) + "\n")
            print(table_row(result) if result["status"] == "scored" else
                  f"{result['name']}: {result['status']}: {result['reason']}", *result.get("losses", []),
                  sep="\n  ", flush=True)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/src/cli/polyclinic")
    parser.add_argument("--data", default=os.environ.get("POLYCLINIC_DATA", "../shared/data"))
    parser.add_argument("--steps", type=int, help="of every run; default: each row's own")
    parser.add_argument("--set", action="append", default=[], help="a further word of every run, e.g. seed.init=2")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="runs side by side")
    parser.add_argument("--limit", type=float, default=3600, help="seconds of one run")
    parser.add_argument("--within", type=float, default=36000, help="seconds of all together")
    parser.add_argument("--notes", type=int, default=300, help="made-up notes of a task")
    parser.add_argument("--only", default="", help="names of rows, with commas between")
    parser.add_argument("--results", help="file that gets a JSON line for each run as it ends")
    parser.add_argument("--runs", help="folder that keeps the runs; default: none is kept")
    parser.add_argument("--from", dest="read", help="write the table from this file of results")
    parser.add_argument("--page", default="docs/tasks.md")
    arguments = parser.parse_args()
    only = [name for name in arguments.only.split(",") if name]
    unknown = set(only) - {row.name for row in ROWS}
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    if arguments.read:
        with open(arguments.read, encoding="utf-8") as file:
            write_table(arguments.page, [json.loads(line) for line in file if line.strip()])
        return 0
    rows = [row for row in ROWS if not only or row.name in only]
    with tempfile.TemporaryDirectory() as scratch:
        results = run(arguments, rows, arguments.runs or scratch)
    write_table(arguments.page, results)
    return 0 if all(result["status"] == "scored" for result in results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
