"""Trains the byte-level BPE tokenizer of a small base model.

usage: make_tiny_tokenizer.py OUT_FOLDER VOCABULARY TEXT...     (text files, one document a line, or folders of .txt)
Writes OUT_FOLDER/tokenizer.json: byte-level BPE, <s> before every sequence. The same text gives the same file.
"""
import pathlib
import sys

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

out, size, *files = sys.argv[1:]
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(vocab_size=int(size), special_tokens=["<s>", "</s>"], show_progress=False,
                              initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
lines = []
for name in map(pathlib.Path, files):
    if name.is_dir():
        lines += [file.read_text(encoding="utf-8") for file in sorted(name.glob("*.txt"))]
    else:
        lines += [line for line in name.read_text(encoding="utf-8").split("\n") if line]
tokenizer.train_from_iterator(lines, trainer)
tokenizer.post_processor = processors.TemplateProcessing(
    single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))])
pathlib.Path(out).mkdir(parents=True, exist_ok=True)
tokenizer.save(str(pathlib.Path(out) / "tokenizer.json"), pretty=False)
