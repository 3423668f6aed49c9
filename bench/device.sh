#!/usr/bin/env bash
# Builds the CUDA form, checks it against the CPU references and times it beside HF + PEFT, in one call on a GPU machine.
#   bench/device.sh [build] [kernels] [tests] [run] [ours] [tasks] [profile] [peer] [peerprofile] [models] [memory] [nf4peer] [unsloth]
# (default: kernels tests peer ours). A machine without Debian's library packages gets them from .carry/*.deb, unpacked
# under /tmp; Python packages of peers that it lacks from .carry/site.tar.xz (folders bnb and unsloth). POLYCLINIC_TORCH
# names a LibTorch, by default the one of python3. Results go to standard output and, where OUT is set, to $OUT. What
# fails is reported and the rest goes on.
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
site=/tmp/polyclinic-site
if [ -f .carry/site.tar.xz ] && [ ! -d "$site" ]; then mkdir "$site" && tar xJf .carry/site.tar.xz -C "$site"; fi
POLYCLINIC_TORCH=${POLYCLINIC_TORCH:-$(python3 -c 'import os, torch; print(os.path.dirname(torch.__file__))')}
export POLYCLINIC_TORCH TORCH_CUDA_ARCH_LIST=9.0
nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader

build() {
  [ -f build/cuda/build.ninja ] || cmake --preset cuda -DCMAKE_CUDA_ARCHITECTURES="${ARCHITECTURES:-90}" >"$out/configure.log" 2>&1 || {
    tail -30 "$out/configure.log"; exit 1; }
  cmake --build build/cuda -j "$(nproc)" --target "$@" -- -k 0 >"$out/build.log" 2>&1 || { grep -E -A3 "error:|FAILED|undefined" "$out/build.log" | cut -c1-400 | head -90; exit 1; }
}

# ours MODEL WORK LENGTHS [options]: one JSON line of bench_step; what went wrong where it has none.
ours() {
  local model=$1 work=$2 lengths=$3; shift 3
  timeout 100 build/cuda/bench/bench_step --model "$model" --device cuda --dtype "${DTYPE:-bfloat16}" --work "$work" --lengths "$lengths" \
    --batches "${BATCHES:-4}" --passes 2 "$@" 2>"$out/ours.err" | tee -a "$out/ours.jsonl" || true
  if [ -s "$out/ours.err" ]; then tail -45 "$out/ours.err" | cut -c1-170; fi
}

# peer MODEL WORK LENGTHS [options]: the same of bench/peer.py.
peer() {
  local model=$1 work=$2 lengths=$3; shift 3
  PYTHONPATH=$site/bnb PYTHONUNBUFFERED=1 timeout 150 python3 bench/peer.py --model "$model" --device cuda --dtype bfloat16 --work "$work" --lengths "$lengths" \
    --batches 4 --passes 2 "$@" 2>"$out/peer.err" | tee -a "$out/peer.jsonl" || { echo "peer $*: failed"; tail -2 "$out/peer.err" | cut -c1-300; }
  case " $* " in *" --profile "*) grep -E "Name|%" "$out/peer.err" | cut -c1-200 ;; esac
}

tests() {  # TARGET FILTER: on the card and on its host's CPU
  for device in cuda cpu; do
    echo "== $1 on $device"
    POLYCLINIC_TEST_DEVICE=$device build/cuda/tests/unit/"${1#test_}"/"$1" --gtest_brief=1 --gtest_filter="$2" >"$out/$1.$device.log" 2>&1 || true
    grep -E "FAILED|PASSED|terminate|Segmentation" "$out/$1.$device.log" | sort | uniq | tail -12
    grep -m 6 -A6 -E "Failure$" "$out/$1.$device.log" || true
  done
}

for part in $parts; do
  case $part in
    build) build test_kernels test_model test_adapter test_train test_strategy bench_step ;;
    kernels)
      build test_kernels
      build/cuda/tests/unit/kernels/test_kernels --gtest_brief=1 2>&1 | tail -30 ;;
    tests)
      build test_model test_adapter test_train test_strategy
      tests test_model "*TrunkParity*:Trunk.*:*LanguageModel*:Nf4Weight*:Projection*:PackTensors*"
      # Finite differences write through host pointers, one dropout case is fp64: CPU only.
      tests test_adapter "-CrossLevel*:*FiniteDifference*:*Derivative*:Dropout.GradientsSee*"
      tests test_strategy "GradientSurgery*"
      tests test_train "AdamW*:TrainStep*:*SecondStream*:Trainer*:Network*" ;;
    run)  # what a user sees of `polyclinic run`: bits, memory beside the plan, refusal, out of memory, loading
      build polyclinic polyclinic-engine bench_loading
      timeout 300 python3 bench/card_run.py --program build/cuda/src/cli/polyclinic --loading build/cuda/bench/bench_loading |
        tee "$out/card_run.md" || true ;;
    ours)
      build bench_step
      for work in "ner clinical" "ner 512" "lm clinical" "lm 512"; do
        ours "${MODEL:-llama8b}" $work --graph
        ours "${MODEL:-llama8b}" $work
      done
      for work in "ner clinical" "ner 512"; do ours llama8b $work --nf4 --graph; ours llama8b $work --nf4; done ;;
    tasks)  # five tasks with routing and PCGrad beside one slot; S3b on the study's card
      build bench_step
      for lengths in clinical 512; do
        for case in "" "--tasks 5 --surgery" "--tasks 5 --strategy routed" "--tasks 5 --strategy routed --surgery"; do
          ours llama8b ner $lengths --graph $case
        done
      done
      for batch in 4 2; do
        ours llama8b ner 512 --batch $batch --nf4 --recompute --strategy s3b --tasks $batch --surgery
      done ;;
    profile) build bench_step; for lengths in clinical 512; do ours llama8b ner $lengths --graph --profile; done ;;
    peerprofile)  # why Mistral on full rows is short of its bar: the kernels of both sides
      build bench_step
      peer mistral7b ner 512 --passes 1 --batches 2 --profile
      BATCHES=2 ours mistral7b ner 512 --graph --profile ;;
    models)
      for model in gemma2b phi3mini mistral7b; do
        for lengths in clinical 512; do ours $model ner $lengths --graph; peer $model ner $lengths; done
        DTYPE=float16 ours $model ner 256 --compose --nf4
      done ;;
    memory)  # what src/train/memory_model.cpp is held against, beside the other parts' peaks
      build bench_step
      for case in "--recompute" "--recompute --nf4" "--batch 4 --nf4" "--batch 4 --nf4 --recompute" "--dropout 0.05" "--rank 8" "--batch 8"; do
        BATCHES=1 ours llama8b ner 512 $case
      done
      for case in "--recompute" "--recompute --nf4"; do
        for host in 0 12; do BATCHES=1 ours llama8b lm 512 $case --host-streams $host; done
      done
      for model in gemma2b phi3mini mistral7b; do BATCHES=1 ours $model ner 512 --recompute; done ;;
    nf4peer)
      for lengths in clinical 512; do peer llama8b ner $lengths --nf4 $([ $lengths = 512 ] && echo --recompute); done ;;
    unsloth)
      UNSLOTH_SKIP_TORCHVISION_CHECK=1 UNSLOTH_DISABLE_STATISTICS=1 HF_HUB_OFFLINE=1 PYTHONPATH=$site/unsloth:$site/bnb \
        timeout 250 python3 bench/peer_unsloth.py clinical 512:recompute clinical:nf4 512:recompute:nf4 2>"$out/unsloth.err" |
        grep -E '^(\{|unsloth )' | tee -a "$out/peer.jsonl" || { echo "unsloth: failed"; tail -4 "$out/unsloth.err" | cut -c1-300; } ;;
    peer)
      for work in "ner clinical" "ner 512" ${PEER_LM:+"lm clinical" "lm 512"}; do
        set -- $work
        peer llama8b "$1" "$2" $([ "$2" = 512 ] && echo --recompute)
      done ;;
  esac
done
