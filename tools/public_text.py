"""Collects the training text of the public sample data for a small base model, one document a line.

usage: public_text.py SHARED_DATA_FOLDER > text.txt
Training splits only: BC5CDR, ChemProt, DDI, HoC, GAD, PubMedQA; nothing of dev or test, which some of them
share with other tasks' training (docs/tasks.md counts such texts). models/tiny is made from it and from made-up notes
(make_tiny_model.sh): weights and vocabulary are committed, the text never is.
"""
import json
import pathlib
import sys

root = pathlib.Path(sys.argv[1]) / "biomed"
documents, words = [], []
for line in (root / "bc5cdr/train.tsv").read_text(encoding="utf-8").splitlines() + [""]:
    if line:
        words.append(line.split("\t")[0])
    elif words:
        documents.append(" ".join(words))
        words = []
for name in ("chemprot", "ddi"):
    for file in sorted((root / name / "train").glob("*.txt")):
        documents.append(file.read_text(encoding="utf-8"))
for name in ("hoc", "gad", "pubmedqa"):
    for line in (root / name / "train.jsonl").read_text(encoding="utf-8").split("\n"):
        documents.append(max((str(value) for value in json.loads(line).values()), key=len) if line else "")
for document in filter(None, documents):
    print(" ".join(document.split()))
