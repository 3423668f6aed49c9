#!/usr/bin/env python3
"""What `polyclinic run` does on a card, as a user sees it: the same bits twice and after being killed, peak memory
beside the plan, refusal, running out of memory, loading. Prints one table; a row that is not as it should be says so
and the exit code is 1. Random weights of Llama-3.2-3B's shape and made-up notes: nothing is downloaded.

usage: bench/card_run.py --program build/cuda/src/cli/polyclinic [--loading build/cuda/bench/bench_loading] [PART ...]
(parts: bits memory refusal out-of-memory loading; default: all)"""
import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

from random_model import add_tokenizer, write_folder

ROOT = pathlib.Path(__file__).resolve().parent.parent
GIB = 2**30


class Table:
    def __init__(self):
        self.bad = 0
        print("| what | seen | wanted | |\n|---|---|---|---|", flush=True)

    def row(self, what, seen, wanted, good):
        self.bad += not good
        print(f"| {what} | {seen} | {wanted} | {'met' if good else '**missed**'} |", flush=True)


class Run:
    """One `polyclinic run --json` in a folder of its own, started at once."""

    def __init__(self, args, name, words, environment=None, store=None):
        self.results = args.work / (store or name)
        self.log = args.work / name
        base = [args.program, "run", "-cp", ROOT / "configs", "--json", "output.tensorboard=false"]
        base += [f"train.device={args.device}", f"data.root={args.work / 'notes'}", f"output.dir={self.results}"]
        self.start = time.monotonic()
        self.child = subprocess.Popen([str(word) for word in [*base, *words]], stdout=open(f"{self.log}.out", "w"),
                                      stderr=open(f"{self.log}.err", "w"), env={**os.environ, **(environment or {})})

    def wait(self, limit=120):
        """Exit code and record; peak of the host's memory in GiB."""
        while time.monotonic() < self.start + limit:
            pid, status, usage = os.wait4(self.child.pid, os.WNOHANG)
            if pid:
                self.child.returncode = self.exit = os.waitstatus_to_exitcode(status)
                self.seconds = time.monotonic() - self.start
                self.host_gib = usage.ru_maxrss / 2**20
                text = pathlib.Path(f"{self.log}.out").read_text()
                self.record = json.loads(text) if self.exit == 0 and text.startswith("{") else {}
                self.errors = pathlib.Path(f"{self.log}.err").read_text()
                return self
            time.sleep(0.01)
        self.child.kill()
        errors = pathlib.Path(f"{self.log}.err").read_text()
        raise RuntimeError(f"{self.log.name}: not done after {limit} s: {errors[-500:]}")

    def folder(self):
        return next((f for f in sorted(self.results.glob("*")) if (f / "metrics.jsonl").exists()), None)

    def steps(self):
        folder = self.folder()
        return (folder / "metrics.jsonl").read_text().count('"loss"') if folder else 0

    def kill_after(self, step):
        while self.steps() < step and self.child.poll() is None:
            time.sleep(0.005)
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()

    def bits(self):
        """Hashes of parameters, moments and state of the newest checkpoint."""
        newest = max((self.folder() / "checkpoints").glob("step-*"))
        return {name: hashlib.sha256((newest / name).read_bytes()).hexdigest()
                for name in ("parameters.safetensors", "optimizer.safetensors", "state.json")}


def bits(args, table):
    words = ["experiment=s3b_five_tasks", "model=tiny", f"model.path={ROOT / 'models/tiny'}", "train.max_steps=16",
             "train.eval_every_n_steps=16", "train.early_stopping_patience=100", "train.checkpoint_every_n_steps=4"]
    whole, again = Run(args, "whole", words), Run(args, "again", words)
    whole.wait(), again.wait()
    if whole.exit or again.exit:
        return table.row("S3b on the five tasks", whole.errors[-300:] or again.errors[-300:], "trained", False)
    same = whole.bits() == again.bits()
    table.row("S3b (PCGrad, two streams), 16 steps, twice", f"{'same' if same else 'other'} bits", "same bits", same)
    for step in (6, 11):
        Run(args, "killed", words).kill_after(step)
    killed = Run(args, "killed", words).wait()
    resumed = killed.errors.count("resumed at step")
    same = killed.exit == 0 and killed.bits() == whole.bits()
    table.row("the same, kill -9 after steps 6 and 11, then to its end",
              f"{'same' if same else 'other'} bits, resumed {resumed} time", "same bits", same and resumed == 1)


def large_words(args, *words):
    return ["model=llama3b", f"model.path={args.model}", "task=semeval2014t7", "strategy=s1",
            "output.predictions=false", "train.eval_every_n_steps=1000", *words]


BF16 = ["model.quantization.enabled=false", "model.dtype=bfloat16"]
NF4 = ["model.quantization.enabled=true", "model.quantization.compute_dtype=bfloat16"]


def memory(args, table):
    gib = sum(f.stat().st_size for f in args.model.glob("*.safetensors")) / GIB
    small = [*BF16, "train.memory_limit_gib=8.5"]
    for name, base in (("bf16", BF16), ("NF4", NF4), ("bf16 in 8.5 GiB", small)):
        words = large_words(args, *base, "train.batch_size=64", "train.max_steps=12")
        run = Run(args, name.replace(" ", "-"), words, store="large").wait()
        if run.exit:
            table.row(f"3B in {name}", run.errors[-300:], "trained", False)
            continue
        device = run.record["device"]
        planned, peak = device["planned_bytes"], device["peak_bytes"]
        full = device["largest_pack"] > 0.9 * device["micro_batch_tokens"]
        table.row(f"3B in {name}: peak of tensors, GiB (packs of {device['micro_batch_tokens']}, "
                  f"{device['recomputed_blocks']} blocks recomputed)", f"{peak / GIB:.2f}",
                  f"{planned / GIB:.2f} within 5 %", full and abs(peak - planned) < 0.05 * planned)
        seconds = device["loading_seconds"]
        table.row(f"3B in {name}: loading", f"{seconds:.2f} s, {gib / seconds:.1f} GiB/s", "-", True)
        table.row(f"3B in {name}: the host's memory", f"{run.host_gib:.2f} GiB", f"not the model's {gib:.1f}",
                  run.host_gib < gib / 2)
        table.row(f"3B in {name}: tokens/s of 12 steps, the first included",
                  f"{device['tokens_per_second']:,.0f}", "-", True)


def refusal(args, table):
    run = Run(args, "refused", large_words(args, *BF16, "train.memory_limit_gib=4")).wait()
    said = re.search(r"needs [\d.]+ of 4.0 GiB", run.errors)
    table.row("3B in bf16 with train.memory_limit_gib=4",
              f"exit {run.exit} after {run.seconds:.1f} s: {said[0] if said else run.errors[-300:]}",
              "exit 2 before anything is hashed", run.exit == 2 and said is not None)


def out_of_memory(args, table):
    total = float(subprocess.run(["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"],
                                 capture_output=True, text=True, check=True).stdout.split()[0]) / 1024
    words = large_words(args, *BF16, "train.batch_size=256", "train.max_tokens=8192", "train.max_steps=4")
    for gib, wanted in ((20.6, 0), (12.5, 1)):
        limit = {"PYTORCH_CUDA_ALLOC_CONF": f"per_process_memory_fraction:{gib / total:.4f}"}
        run = Run(args, f"out-of-memory-{gib}", [*words, f"seed.data={wanted + 2}"], limit, store="large").wait()
        halved = run.errors.count("micro-batches of 4096 tokens from here on")
        ended = "is saved" in run.errors or "out of device memory at step" in run.errors.split("polyclinic:")[-1]
        table.row(f"packs of 8192 tokens where {gib} GiB serve", f"exit {run.exit}, packs halved {halved} time",
                  "halved, then to its end" if wanted == 0 else "halved, then ended with what to change",
                  run.exit == wanted and halved == 1 and (wanted == 0 or ended))


def loading(args, table):
    if not args.loading:
        return
    for more in ([], ["--nf4"]):
        words = [args.loading, "--model", args.model, "--device", args.device, *more]
        run = subprocess.run(words, capture_output=True, text=True)
        if run.returncode:
            table.row("bench_loading", run.stderr[-200:], "-", False)
            continue
        seen = json.loads(run.stdout)
        table.row(f"bench_loading {' '.join(more)} of a warm file, {seen['threads']} threads",
                  f"{seen['load_gb_per_s']:.1f} GB/s (copy in memory {seen['copy_gb_per_s']:.1f}), host peak "
                  f"{seen['peak_host_gib']:.2f} GiB", "-", True)


PARTS = {"bits": bits, "memory": memory, "refusal": refusal, "out-of-memory": out_of_memory, "loading": loading}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="of " + ", ".join(PARTS))
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--loading", type=pathlib.Path)
    parser.add_argument("--model", type=pathlib.Path, help="3B folder; made and kept where it is not there yet")
    parser.add_argument("--device", default="cuda", help="cpu tries the script out: bits and refusal")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("/dev/shm/polyclinic-card-run"))
    args = parser.parse_args()
    args.parts = args.parts or list(PARTS)
    if unknown := set(args.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}")
    shutil.rmtree(args.work, ignore_errors=True)
    args.work.mkdir(parents=True)
    subprocess.run([args.program, "data", "synth", "--notes", "40", "--transfer", "strong", "--seed", "1", "--out",
                    args.work / "notes"], check=True, capture_output=True)
    args.model = args.model or args.work / "llama3b"
    if args.parts != ["bits"]:
        add_tokenizer(write_folder(args.model, "llama3b"), ROOT / "models/tiny")
    table = Table()
    for part in args.parts:
        try:
            PARTS[part](args, table)
        except Exception as error:  # noqa: BLE001 - the other parts go on
            table.row(part, f"{type(error).__name__}: {str(error)[:300]}", "-", False)
    shutil.rmtree(args.work, ignore_errors=True)
    return 1 if table.bad else 0


if __name__ == "__main__":
    sys.exit(main())
