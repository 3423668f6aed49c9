#!/usr/bin/env bash
# clang-tidy over changed sources, the last changed first; warnings are errors. Needs a configured build (PRESET, release).
# usage: tools/tidy.sh [FILE...]   without files: those of TIDY_FOLDERS (src/core, config, text) that changed since
# POLYCLINIC_BASE (HEAD~20) or are not committed. TIDY_SECONDS: start no further file after that long, say which were
# left (0: no limit).
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/${PRESET:-release}
[ -f "$build/compile_commands.json" ] || { echo "tidy: there is no $build/compile_commands.json; run cmake --preset ${PRESET:-release}" >&2; exit 2; }
command -v clang-tidy >/dev/null || { echo "tidy: clang-tidy is not installed; run tools/bootstrap.sh" >&2; exit 2; }

changed() {
  git diff --name-only HEAD
  # CI's clone may be shallow, and a first commit has no parent: then every commit there is.
  base=$(git rev-parse --verify -q "${POLYCLINIC_BASE:-HEAD~20}" || true)
  git log --name-only --format= ${base:+"$base.."}HEAD
}
folders=${TIDY_FOLDERS:-core|config|text}  # those that are swept
if [ $# -gt 0 ]; then
  sources=$(printf '%s\n' "$@")
else
  sources=$(changed | grep -E "^src/($folders)/.*\.cpp$" | awk '!seen[$0]++' | while read -r file; do
    if [ -f "$file" ]; then echo "$file"; fi
  done || true)
fi
[ -n "$sources" ] || { echo "tidy: no source changed"; exit 0; }

left=$(mktemp)
trap 'rm -f "$left"' EXIT
export left build limit=${TIDY_SECONDS:-0} began=$(date +%s)
check_one() {
  if [ "$limit" -gt 0 ] && [ $(($(date +%s) - began)) -ge "$limit" ]; then echo "$1" >> "$left"; return 0; fi
  clang-tidy --quiet -p "$build" "$1" 2> >(grep -v 'warnings generated' >&2 || true)
}
export -f check_one
printf '%s\n' $sources | xargs -P "${JOBS:-$(nproc)}" -I{} bash -c 'check_one {}'
all=$(printf '%s\n' $sources | wc -l)
skipped=$(wc -l < "$left")
[ "$skipped" = 0 ] || { echo "tidy: left out after $limit seconds:"; sort "$left"; }
echo "tidy: $((all - skipped)) files as .clang-tidy wants them"
