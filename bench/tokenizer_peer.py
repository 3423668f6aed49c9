#!/usr/bin/env python3
"""Ours and HF `tokenizers` on the same texts, one thread each, in turn; prints a Markdown table of MB/s and load times.

usage: tokenizer_peer.py SHARED_FOLDER [--ours build/release/bench/bench_tokenizer] [--repeats 3] [--only NAME]
Texts: the lines of tests/parity/tokenizers/make_hashes.py, generated ones left out (natural text only). Seconds are CPU
seconds of the working thread, the best of the repeats; "first" is the first pass, with nothing remembered. HF runs
encode_batch without parallelism (ids and offsets, as ours gives) and encode_batch_fast (ids only)."""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
import tokenizers  # noqa: E402  (reads the environment)

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/parity/tokenizers"))
import make_hashes  # noqa: E402


def time_peer(path, texts, repeats):
    start = time.process_time()
    tokenizer = tokenizers.Tokenizer.from_file(str(path))
    result = {"load_seconds": time.process_time() - start}
    for name, encode in (("best_seconds", tokenizer.encode_batch), ("ids_only_seconds", tokenizer.encode_batch_fast)):
        seconds = []
        for _ in range(repeats):
            start = time.process_time()
            encodings = encode(texts)
            seconds.append(time.process_time() - start)
        result[name] = min(seconds)
        if name == "best_seconds":
            result["first_seconds"] = seconds[0]
            result["tokens"] = sum(len(e.ids) for e in encodings)
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("--ours", default=ROOT / "build/release/bench/bench_tokenizer", type=pathlib.Path)
    parser.add_argument("--repeats", default=3, type=int)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    texts = [line for source, block in make_hashes.blocks(args.shared) if source != "generated" for line in block]
    size = sum(len(text.encode()) for text in texts) / 1e6
    print(f"{len(texts)} texts, {size:.2f} MB; tokenizers {tokenizers.__version__}\n")
    print("| tokenizer | ours MB/s (first) | HF MB/s (first) | ratio (first) | HF ids only MB/s | ours load s | HF load s | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(texts, file)
        file.flush()
        for name, path in make_hashes.TOKENIZERS.items():
            if args.only not in name:
                continue
            path = args.shared / "tokenizers" / path
            ours = json.loads(subprocess.run([args.ours, path, file.name, str(args.repeats)], check=True,
                                             stdout=subprocess.PIPE).stdout)
            peer = time_peer(path, texts, args.repeats)
            assert ours["tokens"] == peer["tokens"], (name, ours["tokens"], peer["tokens"])
            print(f"| {name} | {size / ours['best_seconds']:.1f} ({size / ours['first_seconds']:.1f}) "
                  f"| {size / peer['best_seconds']:.2f} ({size / peer['first_seconds']:.2f}) "
                  f"| {peer['best_seconds'] / ours['best_seconds']:.1f} ({peer['first_seconds'] / ours['first_seconds']:.1f}) "
                  f"| {size / peer['ids_only_seconds']:.2f} | {ours['load_seconds']:.3f} | {peer['load_seconds']:.3f} "
                  f"| {peer['load_seconds'] / ours['load_seconds']:.1f} |", flush=True)


if __name__ == "__main__":
    main()
