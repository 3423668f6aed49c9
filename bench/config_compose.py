#!/usr/bin/env python3
"""Cold composition of configs/ with an experiment: whole process of `polyclinic config` against Python Hydra's.

usage: .deps/venv/bin/python bench/config_compose.py build/release/src/cli/polyclinic [--runs N]
Both print the same YAML (checked). Runs alternate; the median wall time of each and their ratio are printed. Bar: 100.
"""
import argparse
import pathlib
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


def timed(command):
    start = time.perf_counter()
    out = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return time.perf_counter() - start, out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    ours = [options.program, "config", "-cp", str(CONFIGS), OVERRIDE]
    peer = [sys.executable, "-c", PEER, str(CONFIGS), OVERRIDE]
    assert timed(ours)[1] == timed(peer)[1], "the two print different YAML"
    times = [(timed(ours)[0], timed(peer)[0]) for _ in range(options.runs)]
    a, b = (statistics.median(column) for column in zip(*times))
    print(f"polyclinic {a * 1e3:.2f} ms, hydra {b * 1e3:.1f} ms, ratio {b / a:.0f}x (median of {options.runs}, whole process)")


if __name__ == "__main__":
    main()
