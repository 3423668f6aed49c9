"""Made-up submissions for the MeasEval scorer (measeval-eval.py; pandas 1.5, pandasql, vladiate)."""
import json
import os
import random
import subprocess

HEADER = "docId\tannotSet\tannotType\tstartOffset\tendOffset\tannotId\ttext\tother\n"
ARTICLES = ["S0006322312001096", "S0012821X12004384", "S0016236113008041", "S0019103512003533", "S0960148113004989"]
WORDS = "the mean été of about 5 mg 12 ± 3 kPa over sample depth was ≈ 7 % twice rate per day between cores".split()
MODS = ["IsCount", "IsApproximate", "IsMean", "IsRange", "IsList", "HasTolerance"]


def span(rng, text):
    starts = [0] + [i + 1 for i, c in enumerate(text) if c == " "]
    i = rng.randrange(len(starts))
    j = min(len(starts), i + rng.randint(1, 4))
    end = starts[j] - 1 if j < len(starts) else len(text)
    return starts[i], end


def moved(rng, text, begin, end):
    begin, end = max(0, begin + rng.randint(-3, 3)), min(len(text), end + rng.randint(-3, 3))
    return (begin, end) if begin < end else (0, 4)


def gold_rows(rng, doc, text, shift):
    rows = []
    for number in range(1, rng.randint(1, 4) + 1):
        ids = {kind: f"T{place}-{number}" for place, kind in enumerate(["Q", "P", "E", "X"], 1)}
        other = {}
        if rng.random() < 0.8:
            other["unit"] = rng.choice(["mg", "kPa", "%"])
        if rng.random() < 0.6:
            other["mods"] = rng.sample(MODS, rng.randint(1, 2))
        rows.append([doc, number, "Quantity", *span(rng, text), ids["Q"], other])
        has_property = rng.random() < 0.6
        if has_property:
            rows.append([doc, number, "MeasuredProperty", *span(rng, text), ids["P"], {"HasQuantity": ids["Q"]}])
        rows.append([doc, number, "MeasuredEntity", *span(rng, text), ids["E"],
                     {"HasProperty": ids["P"]} if has_property else {"HasQuantity": ids["Q"]}])
        if rng.random() < 0.5:
            rows.append([doc, number, "Qualifier", *span(rng, text), ids["X"], {"Qualifies": ids[rng.choice("QE")]}])
    return rows


def changed(rng, rows, text):
    rename = rng.random() < 0.5
    out = []
    for doc, number, kind, begin, end, name, other in rows:
        if kind != "Quantity" and rng.random() < 0.15:
            continue
        if rng.random() < 0.5:
            begin, end = moved(rng, text, begin, end)
        other = dict(other)
        if "mods" in other and rng.random() < 0.4:
            other["mods"] = rng.sample(MODS, 1)
        if "unit" in other and rng.random() < 0.3:
            other["unit"] = "m"
        if rename:  # other numbers for the sets, so that only the alignment helps
            number, name = number + 10, f"{name}1"
            other = {key: value + "1" if isinstance(value, str) and key != "unit" else value
                     for key, value in other.items()}
        out.append([doc, number, kind, begin, end, name, other])
    return out


def write(path, rows, text):
    with open(path, "w") as file:
        file.write(HEADER)
        for doc, number, kind, begin, end, name, other in rows:
            value = json.dumps(other, ensure_ascii=False) if other else ""
            file.write("\t".join([doc, str(number), kind, str(begin), str(end), name, text[begin:end], value]) + "\n")


def make(folder, number):
    rng = random.Random(number)
    for side in ("gold", "pred"):
        (folder / side).mkdir()
    for place in range(rng.randint(2, 5)):
        doc = f"{rng.choice(ARTICLES)}-{100 + place}"
        text = " ".join(rng.choice(WORDS) for _ in range(40))
        rows = gold_rows(rng, doc, text, 0)
        write(folder / "gold" / (doc + ".tsv"), rows, text)
        if place and rng.random() < 0.15:
            continue
        new = changed(rng, rows, text)
        if rng.random() < 0.3:
            begin, end = span(rng, text)
            new.append([doc, 77, "Quantity", begin, end, "T1-77", {"unit": "mg"}])
        write(folder / "pred" / (doc + ".tsv"), new, text)
    mode = ["overall", "class", "doc", "classdoc", "sub"][number % 5]
    return {"mode": mode, **({"limit": "true"} if number % 3 == 2 else {})}


def run_official(folder, options, script, python):
    # The script lists folders in the file system's order; sorted here, as ours reads them.
    code = ("import os,sys,runpy; real=os.listdir; os.listdir=lambda p: sorted(real(p)); "
            "sys.argv=sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')")
    command = [python, "-c", code, script, "-i", str(folder.resolve()) + "/", "-s", "pred/", "-g", "gold/",
               "-m", options["mode"], *(["-l"] if "limit" in options else [])]
    done = subprocess.run(command, cwd=os.path.dirname(script), capture_output=True)
    return None if done.returncode or b"invalid" in done.stdout else done.stdout
