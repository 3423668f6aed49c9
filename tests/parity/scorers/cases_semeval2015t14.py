"""Cases of SemEval-2015 Task 14: pipe files made up here, and what the two official Perl scripts wrote for them.

--script is the folder with both scripts. They walk hashes in no fixed order: only cases whose numbers are the same for
12 hash seeds are kept (the seed of the case is moved on until that is so), and slot lines are put in the columns'
order.
"""
import os
import pathlib
import random
import shutil
import subprocess
import tempfile

VALUES = [["no", "yes"], ["patient", "family_member", "other", "donor_other"], ["no", "yes"],
          ["unmarked", "increased", "changed"], ["unmarked", "slight", "severe"], ["false", "true"], ["false", "true"]]
SLOTS = ["CUI", "Negation", "Subject", "Uncertainty", "Course", "Severity", "Conditional", "Generic", "BodyLoc"]


def span(rng, length):
    begins = sorted(rng.randrange(0, length, 20) for _ in range(rng.choice([1, 1, 1, 2])))
    return ",".join(f"{begin}-{begin + rng.randint(3, 25)}" for begin in dict.fromkeys(begins))


def line(rng, document, where):
    columns = [document, where, rng.choice(["C0000001", "c0000001", "C0000002", "CUI-less"])]
    for values in VALUES:
        columns += [rng.choice(values) if rng.random() < 0.3 else values[0], "null"]
    columns += [rng.choice(["null", "null", "C0000009", "C0000008"]), "null"]
    return "|".join(columns)


def write(folder, rng):
    documents = ["d0.txt", "d1.txt"]
    gold = {d: [line(rng, d, span(rng, 900)) for _ in range(6)] for d in documents}
    gold["d0.txt"].append(line(rng, "d0.txt", gold["d0.txt"][0].split("|")[1]))
    predicted = {"x.txt": [line(rng, "x.txt", span(rng, 900))]}
    for document in documents:
        near = [rng.choice(gold[document]) for _ in range(4)]
        predicted[document] = [g if rng.random() < 0.5 else line(rng, document, g.split("|")[1]) for g in near]
        predicted[document] += [line(rng, document, span(rng, 900)) for _ in range(3)]
    for side, lines in (("gold", gold), ("pred", predicted)):
        shutil.rmtree(folder / side, ignore_errors=True)
        (folder / side).mkdir()
        for document, text in lines.items():
            (folder / side / f"{document}.pipe").write_text("".join(x + "\n" for x in text))


def make(folder, number):
    write(folder, random.Random(number))
    return {"subtask": ["1", "2a", "2b"][number % 3]}


def once(folder, subtask, scripts, seed):
    task = "1" if subtask == "1" else "2"
    with tempfile.TemporaryDirectory() as work:
        command = ["perl", f"{scripts}/semeval-2015-task-14-task-{task}-eval.pl", "-n", "o", "-r", "1",
                   "-input", folder / "pred", "-gold", folder / "gold"]
        command += [] if task == "1" else ["-t", subtask[1].upper()]
        environment = dict(os.environ, PERL_HASH_SEED=str(seed), PERL_PERTURB_KEYS="2")
        subprocess.run(command, cwd=work, env=environment, check=True, capture_output=True)
        text = next(pathlib.Path(work).glob("*.out")).read_text()
    head, mark, slots = text.partition("Slot Weighted Accuracy:\n")
    return head + mark + "".join(sorted(slots.splitlines(True), key=lambda x: SLOTS.index(x.split(":")[0])))


def run_official(folder, options, script, interpreter):
    for attempt in range(1000, 2000):
        outputs = {once(folder, options["subtask"], script, seed) for seed in range(12)}
        if len(outputs) == 1:
            return outputs.pop().encode()
        write(folder, random.Random(attempt * 31 + int(folder.name[4:])))
    raise SystemExit("no case without order found")
