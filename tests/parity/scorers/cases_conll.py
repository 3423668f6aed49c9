"""Made-up tag columns for conlleval (Perl; --python names the perl)."""
import random
import subprocess


def tags(rng, length, kinds, schemes):
    return [rng.choice(["O", *(f"{s}-{k}" for s in schemes for k in kinds)]) for _ in range(length)]


def make(folder, number):
    rng = random.Random(number)
    kinds = ["LOC", "PER", "A-B"][: rng.randint(1, 3)]
    schemes = rng.choice([["B", "I"], ["I"], ["B", "I", "E"], ["B", "I", "E", "S", "["]])
    delimiter = rng.choice([" ", "\t"])
    rows = []
    for _ in range(rng.randint(1, 6)):
        length = rng.randint(1, 12)
        gold = tags(rng, length, kinds, schemes)
        pred = [g if rng.random() < 0.7 else p for g, p in zip(gold, tags(rng, length, kinds, schemes))]
        rows += [delimiter.join([f"w{i}", g, p]) for i, (g, p) in enumerate(zip(gold, pred))]
        rows.append("" if rng.random() < 0.8 else delimiter.join(["-X-", "O", "O"]))
    write = lambda name, lines: (folder / name).write_text("".join(line + "\n" for line in lines))
    (folder / "both").mkdir()
    write("both/columns", rows)
    cut = lambda column: [delimiter.join([r.split(delimiter)[i] for i in (0, column)]) if r else "" for r in rows]
    write("gold.txt", cut(1))
    write("pred.txt", cut(2))
    return {"delimiter": "tab" if delimiter == "\t" else "space"}


def run_official(folder, options, script, python):
    flags = ["-d", "\t"] if options["delimiter"] == "tab" else []
    text = (folder / "both" / "columns").read_bytes()  # the official script reads both tags from one file
    done = subprocess.run([python, script, *flags], input=text, capture_output=True)
    return done.stdout if done.returncode == 0 else None
