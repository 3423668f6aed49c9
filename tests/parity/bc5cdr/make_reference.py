"""Writes gold/test.tsv, pred/test.tsv (random tags over made-up words, stray I- tags included) and expected.json: what
seqeval 1.2.2 says of them."""
import json
import pathlib
import random

from seqeval.metrics import classification_report

here = pathlib.Path(__file__).parent
draw = random.Random(20261124)
kinds = ["O", "O", "O", "B-Chemical", "I-Chemical", "B-Disease", "I-Disease"]
gold, predicted = [], []
for _ in range(60):
    tags = [draw.choice(kinds) for _ in range(draw.randint(1, 14))]
    gold.append(tags)
    predicted.append([tag if draw.random() < 0.8 else draw.choice(kinds) for tag in tags])
for name, side in (("gold", gold), ("pred", predicted)):
    (here / name).mkdir(exist_ok=True)
    lines = []
    for sentence in side:
        lines += [f"w{i}é\t{tag}" for i, tag in enumerate(sentence)] + [""]
    (here / name / "test.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
report = classification_report(gold, predicted, output_dict=True)
keep = {"entity": report["micro avg"], "Chemical": report["Chemical"], "Disease": report["Disease"]}
expected = {k: {"precision": float(v["precision"]), "recall": float(v["recall"]), "f1": float(v["f1-score"]),
                "gold": int(v["support"])} for k, v in keep.items()}
(here / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
