#!/usr/bin/env python3
"""Small SentencePiece models and what the `sentencepiece` package makes of generated lines.

usage: make_sentencepiece.py    trains sentencepiece/NAME.model beside this file and writes sentencepiece/expected.json
(needs the packages sentencepiece and protobuf)

Trained and read on the lines of generated.json (see make_hashes.py), which the project made itself. expected.json holds,
for each of 80 lines, the text and per model a list of [id, begin, end], offsets in bytes as the package gives them.
The character map is a small one of our own: the package's nmt_nfkc takes 240 KB a model.
"""
import json
import os
import pathlib
import tempfile

import sentencepiece

from make_hashes import generated

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = HERE / "sentencepiece"
SYMBOLS = ["[**", "**]", "____"]
# name -> what the trainer is told: as Llama's and Mistral's files; the package's defaults; everything at once
MODELS = {
    "bpe": dict(model_type="bpe", vocab_size=900, byte_fallback=True, normalization_rule_name="identity",
                remove_extra_whitespaces=False, split_digits=True, allow_whitespace_only_pieces=True),
    "unigram": dict(model_type="unigram", vocab_size=400, rules=True),
    "unigram_bytes": dict(model_type="unigram", vocab_size=650, byte_fallback=True, normalization_rule_name="identity",
                          add_dummy_prefix=False, user_defined_symbols=SYMBOLS),
    "bpe_symbols": dict(model_type="bpe", vocab_size=350, rules=True, user_defined_symbols=SYMBOLS),
}
RULES = "41 300\t61\nFB01\t66 69\nA0\t20\n2003\t20\n9\t20\nA\t20\n200B\t\nBD\t31 2F 32\nFF21\t41\n"


def corpus():
    config = json.loads((HERE / "generated.json").read_text())
    return [line.replace("\0", "") for line in generated(config)]


def train(name, lines):
    """In the current folder, since the trainer writes the paths that it is given into the model."""
    options = dict(MODELS[name])
    if options.pop("rules", False):
        pathlib.Path("rules.tsv").write_text(RULES)
        options["normalization_rule_tsv"] = "rules.tsv"
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([line for line in lines if line.isascii()]), model_prefix=name, num_threads=1,
        character_coverage=1.0, hard_vocab_limit=False, minloglevel=2, **options)
    return pathlib.Path(f"{name}.model").read_bytes()


def tokens(processor, line):
    proto = processor.encode(line, return_type="proto")
    return [[piece.id, piece.begin, piece.end] for piece in proto.pieces]


def write():
    FOLDER.mkdir(exist_ok=True)
    lines = corpus()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        processors = {}
        for name in MODELS:
            (FOLDER / f"{name}.model").write_bytes(train(name, lines))
            processors[name] = sentencepiece.SentencePieceProcessor(model_file=str(FOLDER / f"{name}.model"))
    cases = [dict(text=line, **{n: tokens(p, line) for n, p in processors.items()}) for line in lines[::75]]
    text = "[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n"
    (FOLDER / "expected.json").write_text(text)


if __name__ == "__main__":
    write()
