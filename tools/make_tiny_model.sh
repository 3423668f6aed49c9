#!/usr/bin/env bash
# The recipe of models/tiny: 3.3 M parameters, 16.4 M tokens of public training text and made-up notes.
#   tools/make_tiny_model.sh POLYCLINIC_PROGRAM PUBLIC_DATA_FOLDER OUT_FOLDER [cpu|cuda]
# The same machine, library and device give the same bits. The shipped ones came from one H100 (fp32, 2.5 minutes, the
# card shared with five other jobs; loss 2.6586 over the last 50 steps). One thread of a CPU makes about 1,700 tokens/s,
# so the recipe takes about 2 h 40 min there.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1
data=$2
out=$3
device=${4:-cpu}
python=python3
[ -x .deps/venv/bin/python ] && python=.deps/venv/bin/python
text=$(mktemp -d)
trap 'rm -rf "$text"' EXIT
"$python" tools/public_text.py "$data" > "$text/public.txt"
"$program" data synth --task all --plain --notes 700 --seed 7 --out "$text"
"$python" tools/make_tiny_tokenizer.py "$out" 8192 "$text/public.txt" "$text/plain"
"$program" pretrain --device "$device" --text "$text/public.txt" "$text/plain" --out "$out" --hidden 192 --layers 4 \
  --heads 6 --intermediate 512 --batch-tokens 16384 --length 128 --learning-rate 2e-3 --steps 1000 --seed 1
