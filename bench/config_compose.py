#!/usr/bin/env python3
"""Cold composition of configs/ with an experiment: whole process of `polyclinic config` against Python Hydra's.

usage: .deps/venv/bin/python bench/config_compose.py build/release/src/cli/polyclinic [--runs N]
Both print the same YAML (checked). Runs alternate; the medians of wall time and of CPU time (user + system) and their
ratios are printed. Bar: 100, in both.
"""
import argparse
import pathlib
import resource
import statistics
import subprocess
import sys
import time

CONFIGS = pathlib.Path(__file__).resolve().parents[1] / "configs"
OVERRIDE = "experiment=s3b_five_tasks"
PEER = """
import sys
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
with initialize_config_dir(config_dir=sys.argv[1], version_base="1.3"):
    sys.stdout.write(OmegaConf.to_yaml(compose("config", overrides=[sys.argv[2]])))
"""


def children_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def timed(command):
    """(wall seconds, CPU seconds, output)"""
    start, cpu = time.perf_counter(), children_cpu()
    out = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return time.perf_counter() - start, children_cpu() - cpu, out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    ours = [options.program, "config", "-cp", str(CONFIGS), OVERRIDE]
    peer = [sys.executable, "-c", PEER, str(CONFIGS), OVERRIDE]
    assert timed(ours)[2] == timed(peer)[2], "the two print different YAML"
    times = [(timed(ours), timed(peer)) for _ in range(options.runs)]
    for column, name in enumerate(("wall", "CPU")):
        a, b = (statistics.median(pair[who][column] for pair in times) for who in range(2))
        print(f"{name}: polyclinic {a * 1e3:.2f} ms, hydra {b * 1e3:.1f} ms, ratio {b / a:.0f}x (median of {options.runs}, whole process)")


if __name__ == "__main__":
    main()
