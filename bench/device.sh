#!/usr/bin/env bash
# Builds the CUDA form, checks it against the CPU references and times it beside HF + PEFT, in one call on a GPU machine.
#   bench/device.sh [kernels] [tests] [peer] [ours]     (default: all)
# A machine without Debian's library packages gets them from .carry/*.deb, unpacked under /tmp; POLYCLINIC_TORCH names a
# LibTorch, by default the one of python3. Results go to standard output and, where OUT is set, to $OUT.
set -euo pipefail
cd "$(dirname "$0")/.."
parts=${*:-kernels tests peer ours}
out=${OUT:-build/device}
mkdir -p "$out"

dependencies=/tmp/polyclinic-deps
if ls .carry/*.deb >/dev/null 2>&1 && [ ! -d "$dependencies" ]; then
  for package in .carry/*.deb; do dpkg -x "$package" "$dependencies"; done
fi
export CMAKE_PREFIX_PATH=$dependencies/usr CMAKE_LIBRARY_ARCHITECTURE=x86_64-linux-gnu
export LD_LIBRARY_PATH=$dependencies/usr/lib/x86_64-linux-gnu:${LD_LIBRARY_PATH:-}
export PATH=$dependencies/usr/bin:$PATH
POLYCLINIC_TORCH=${POLYCLINIC_TORCH:-$(python3 -c 'import os, torch; print(os.path.dirname(torch.__file__))')}
export POLYCLINIC_TORCH TORCH_CUDA_ARCH_LIST=9.0
nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader

build() {
  [ -f build/cuda/build.ninja ] || cmake --preset cuda -DCMAKE_CUDA_ARCHITECTURES="${ARCHITECTURES:-90}" >"$out/configure.log" 2>&1 || {
    tail -30 "$out/configure.log"; exit 1; }
  cmake --build build/cuda -j "$(nproc)" --target "$@" >"$out/build.log" 2>&1 || { grep -E -A5 "error|FAILED" "$out/build.log" | head -40; exit 1; }
}

for part in $parts; do
  case $part in
    kernels)
      build test_kernels
      build/cuda/tests/unit/kernels/test_kernels --gtest_brief=1 | tail -40 ;;
    ours)
      build bench_step
      for work in "ner clinical" "ner 512" "lm clinical" "lm 512"; do
        set -- $work
        for form in "" --graph; do
          timeout 100 build/cuda/bench/bench_step --model "${MODEL:-llama8b}" --device cuda --dtype bfloat16 --work "$1" \
            --lengths "$2" --batches 4 --passes 2 $form ${EXTRA:-} 2>"$out/ours.err" | tee -a "$out/ours.jsonl" || tail -3 "$out/ours.err"
        done
      done ;;
    peer)
      for work in "ner clinical" "ner 512" "lm clinical" "lm 512"; do
        set -- $work
        PYTHONUNBUFFERED=1 timeout 150 python3 bench/peer.py --model llama8b --device cuda --dtype bfloat16 --work "$1" \
          --lengths "$2" --batches 4 --passes 2 $([ "$2" = 512 ] && echo --recompute) 2>"$out/peer.err" | tee -a "$out/peer.jsonl" || tail -3 "$out/peer.err"
      done ;;
  esac
done
