"""Made-up rankings for the SemEval-2017 Task 3 scorer (ev.py, Python 2)."""
import random
import subprocess


def make(folder, number):
    rng = random.Random(number)
    gold, pred = [], []
    for query in range(rng.randint(1, 9)):
        size = rng.randint(1, 14)
        for candidate in range(size):
            name = f"Q{query}_R{query}", f"Q{query}_R{query}_C{candidate + 1}"
            label = rng.random() < rng.choice([0.0, 0.2, 0.6])
            gold.append([*name, str(candidate + 1), repr(1 / (candidate + 1)), str(label).lower()])
            score = rng.choice([rng.random(), rng.choice([0.0, 0.5, 1.0]), rng.uniform(-5, 5)])
            pred.append([*name, "0", f"{score:.6g}", str(rng.random() < 0.4).lower()])
    if all(row[4] == "false" for row in gold):
        gold[0][4] = "true"
    if number % 4 == 3:  # the longer file is cut silently
        pred = pred[: max(1, len(pred) - 3)]
        gold[0][4] = "true"
    write = lambda rows, end: "".join("\t".join(row) + end for row in rows)
    (folder / "gold.relevancy").write_text(write(gold, "\n"))
    (folder / "pred.txt").write_bytes(write(pred, "\r\n" if number % 4 == 1 else "\n").encode())
    return [{}, {"threshold": "5"}, {"ignore_noanswer": "true"}, {"reranking_threshold": "0.4"}][number % 4]


def run_official(folder, options, script, python):
    flags = []
    if "threshold" in options:
        flags += ["-t", options["threshold"]]
    if "reranking_threshold" in options:
        flags += ["-r", options["reranking_threshold"]]
    if "ignore_noanswer" in options:
        flags += ["--ignore_noanswer"]
    command = [python, script, *flags, "gold.relevancy", "pred.txt"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout
