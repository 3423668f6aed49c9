"""Made-up BRAT folders for the n2c2-2018 Track 2 scorer (Python 3.8 at most)."""
import random
import subprocess

TAGS = ["Drug", "Strength", "Duration", "Route", "Form", "ADE", "Dosage", "Reason", "Frequency"]


def entity(rng, number):
    kind, begin = rng.choice(TAGS), rng.randint(0, 40)
    end = begin + rng.randint(1, 8)
    spans = [f"{begin} {end}"]
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        begin = end + 1
        end = begin + rng.randint(1, 4)
        spans.append(f"{begin} {end}")
    return [f"T{number}", kind, ";".join(spans)]


def write(path, tags, links):
    lines = ["\t".join([name, f"{kind} {spans}", "text"]) for name, kind, spans in tags]
    lines += [f"R{i}\t{kind} Arg1:{a} Arg2:{b}" for i, (kind, a, b) in enumerate(links, 1)]
    path.write_text("".join(line + "\n" for line in lines))


def relations(rng, tags):
    drugs = [t[0] for t in tags if t[1] == "Drug"]
    return [(f"{t[1]}-Drug", t[0], rng.choice(drugs)) for t in tags if t[1] != "Drug" and drugs and rng.random() < 0.8]


def make(folder, number):
    rng = random.Random(number)
    for side in ("gold", "pred"):
        (folder / side).mkdir()
    for place in range(rng.randint(1, 5)):
        tags = [entity(rng, i) for i in range(1, rng.randint(1, 14))]
        links = relations(rng, tags)
        write(folder / "gold" / f"{place}.ann", tags, links)
        guess = [t if rng.random() < 0.6 else [t[0], *entity(rng, 0)[1:]] for t in tags]
        guess += [[f"T{90 + i}", *rng.choice(tags)[1:]] for i in range(rng.randint(0, 3)) if tags]
        kinds = {t[0]: t[1] for t in guess}
        kept = [(f"{kinds[a]}-Drug" if rng.random() < 0.3 else k, a, b) for k, a, b in links if rng.random() < 0.8]
        write(folder / "pred" / f"{place}.ann", guess, kept + kept[:1])
    return {}


def run_official(folder, options, script, python):
    done = subprocess.run([python, script, str(folder / "gold"), str(folder / "pred")], capture_output=True)
    return done.stdout if done.returncode == 0 else None
