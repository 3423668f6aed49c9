#!/usr/bin/env bash
# The recipe of models/tiny: made-up notes alone, about 0.9 M tokens, 2 threads. Same machine, same bits.
#   tools/make_tiny_model.sh POLYCLINIC_PROGRAM OUT_FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1
out=$2
python=python3
[ -x .deps/venv/bin/python ] && python=.deps/venv/bin/python
text=$(mktemp -d)
trap 'rm -rf "$text"' EXIT
"$program" data synth --task all --plain --notes 2500 --seed 7 --out "$text"
"$python" tools/make_tiny_tokenizer.py "$out" 2048 "$text/plain"
OMP_NUM_THREADS=2 "$program" pretrain --text "$text/plain" --out "$out" --hidden 128 --layers 3 --heads 4 \
  --intermediate 384 --batch-tokens 2048 --steps 450 --seed 1
