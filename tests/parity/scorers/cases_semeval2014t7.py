"""Cases of SemEval-2014 Task 7: pipe files made up here, and what eval.pl (Perl) wrote for them."""
import pathlib
import random
import subprocess
import tempfile

CONCEPTS = ["C0000001", "c0000001", "C0000002", "CUI-less", "cui-LESS", ""]


def line(rng, document, length):
    offsets = sorted(rng.randrange(length) for _ in range(2 * rng.choice([1, 1, 1, 2, 3])))
    written = [f"{x:03d}" if rng.random() < 0.03 else str(x) for x in offsets]
    return "||".join([document, "Disease_Disorder", rng.choice(CONCEPTS), *written])


def make(folder, number):
    rng = random.Random(number)
    length = [20, 60, 300][number % 3]
    documents = [f"d{i}.txt" for i in range(3)]
    gold = {d: [line(rng, d, length) for _ in range(rng.randrange(1, 12))] for d in documents}
    predicted = {d: [rng.choice(gold[d]) if rng.random() < 0.6 else line(rng, d, length) for _ in range(9)]
                 for d in documents}
    predicted["extra.txt"] = [line(rng, "extra.txt", length)]
    if number == 6:
        predicted = {"d0.txt": []}
    if number == 7:
        gold = {"d0.txt": [""]}
    for side, lines in (("gold", gold), ("pred", predicted)):
        (folder / side).mkdir()
        end = "\r\n" if (number, side) == (5, "pred") else "\n"
        for document, text in lines.items():
            (folder / side / f"{document}.pipe").write_bytes("".join(x + end for x in text).encode())
    return {"subtask": "AB"[number % 2]} | ({"carriage_return": "keep"} if number == 5 else {})


def run_official(folder, options, script, interpreter):
    with tempfile.TemporaryDirectory() as work:
        subprocess.run(["perl", script, "-n", "o", "-r", "1", "-t", options["subtask"], "-input", folder / "pred",
                        "-gold", folder / "gold"], cwd=work, check=True, capture_output=True)
        return (pathlib.Path(work) / f"o.1.{options['subtask']}.noadd").read_bytes()
