#!/usr/bin/env python3
"""HF `tokenizers` over the lines that tests/unit/text/tokenizer_parity_test.cpp makes from the same sources.

usage: make_hashes.py SHARED_FOLDER [NAME ...]        writes NAME.hashes beside this file
       make_hashes.py SHARED_FOLDER --show NAME BLOCK prints each line of a block with HF's ids and offsets

A block is 100 lines of one source. Per line the words are: for each token of encode(line) with special tokens its id,
begin and end in characters; 0xFFFFFFFF; the CRC-32 of decode(ids) without special tokens. A block's hash is FNV-1a over
its words (64 bits, one step a word). Every source is deterministic; generated.json and hostile.json feed the generator of both sides.
"""
import json
import pathlib
import sys
import zlib

import tokenizers

HERE = pathlib.Path(__file__).parent
TOKENIZERS = {
    "llama3": "llama3/tokenizer.json",
    "gemma2": "gemma2/tokenizer.json",
    "phi3": "phi3/tokenizer.json",
    "mistral_v0.1_prepend": "mistral_v0.1/tokenizer-v0.1-legacy-prepend.json",
    "mistral_v0.1_metaspace": "mistral_v0.1/tokenizer-v0.1-metaspace.json",
    "mistral_v0.3": "mistral_v0.3/tokenizer.json",
}
MASK = (1 << 64) - 1


def split_mix(state):
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return state, z ^ (z >> 31)


def generated(config):
    """Lines of fragments and random characters; each line has its own stream."""
    fragments, ranges, repeats = config["fragments"], config["ranges"], config.get("repeats", 0)
    for number in range(config["lines"]):
        state = (config["seed"] + number * 0x10001) & MASK

        def draw(count):
            nonlocal state
            state, value = split_mix(state)
            return value % count

        parts = []
        for _ in range(1 + draw(24)):
            kind = draw(4)
            if kind == 3:
                low, high = ranges[draw(len(ranges))]
                part = chr(low + draw(high - low + 1))
            else:
                part = fragments[draw(len(fragments))] + (" " if kind == 2 else "")
            parts.append(part * (1 + draw(repeats)) if repeats and draw(12) == 0 else part)
        yield "".join(parts)


def bc5cdr(shared):
    """Words of the first column, joined by one blank; sentences end at empty lines."""
    for part in ("dev", "test", "train"):
        words = []
        for line in (shared / f"data/biomed/bc5cdr/{part}.tsv").read_bytes().decode().split("\n"):
            if line.strip("\r") == "":
                if words:
                    yield " ".join(words)
                words = []
            else:
                words.append(line.split("\t")[0])


def measeval(shared):
    for path in sorted((shared / "data/measeval").glob("*/text/*.txt")):
        yield path.read_bytes().decode()


def cqa(shared):
    """Raw XML lines with their line ends."""
    text = (shared / "data/cqa/SemEval2016-Task3-CQA-QL-dev.xml").read_bytes().decode()
    yield from (line + "\n" for line in text.split("\n"))


def blocks(shared):
    made = [(name, generated(json.loads((HERE / f"{name}.json").read_text()))) for name in ("generated", "hostile")]
    for name, lines in (("bc5cdr", bc5cdr(shared)), ("measeval", measeval(shared)), ("cqa", cqa(shared)), *made):
        block = []
        for line in lines:
            block.append(line)
            if len(block) == 100:
                yield name, block
                block = []
        if block:
            yield name, block


def words(tokenizer, line):
    encoding = tokenizer.encode(line)
    for token, (begin, end) in zip(encoding.ids, encoding.offsets):
        yield from (token, begin, end)
    yield 0xFFFFFFFF
    yield zlib.crc32(tokenizer.decode(encoding.ids, skip_special_tokens=True).encode())


def main():
    shared = pathlib.Path(sys.argv[1])
    if len(sys.argv) > 2 and sys.argv[2] == "--show":
        tokenizer = tokenizers.Tokenizer.from_file(str(shared / "tokenizers" / TOKENIZERS[sys.argv[3]]))
        for number, (_, block) in enumerate(blocks(shared)):
            if number == int(sys.argv[4]):
                for line in block:
                    print(json.dumps(line, ensure_ascii=False), list(words(tokenizer, line)))
        return
    for name in sys.argv[2:] or TOKENIZERS:
        tokenizer = tokenizers.Tokenizer.from_file(str(shared / "tokenizers" / TOKENIZERS[name]))
        rows, lines, tokens = [], 0, 0
        for source, block in blocks(shared):
            state = 0xCBF29CE484222325
            for line in block:
                for word in words(tokenizer, line):
                    state = ((state ^ word) * 0x100000001B3) & MASK
            rows.append(f"{source} {len(block)} {state:016x}")
            lines += len(block)
        (HERE / f"{name}.hashes").write_text(f"# tokenizers {tokenizers.__version__}: {lines} lines\n" + "\n".join(rows) + "\n")
        print(name, lines, "lines")


if __name__ == "__main__":
    main()
