#!/usr/bin/env bash
# Everything that needs no build: include direction, documents, format of changed files (all of them with --all).
# --tidy: clang-tidy too, on those of them in src/{core,text,config,data}; needs a configured build (PRESET, release).
set -euo pipefail
cd "$(dirname "$0")/.."
python3 tools/check_includes.py
python3 tools/check_documents.py
# CI's clone may be shallow, and a first commit has no parent: then every file counts as changed.
base=$(git rev-parse --verify -q "${POLYCLINIC_BASE:-HEAD~20}" || true)
all='' tidy=''
for word in "$@"; do
  case "$word" in
    --all) all=1 ;;
    --tidy) tidy=1 ;;
    *) echo "check.sh: there is no option $word; give --all or --tidy" >&2; exit 2 ;;
  esac
done
if [ -n "$all" ] || [ -z "$base" ]; then files=$(git ls-files '*.h' '*.cpp' '*.cu')
else files=$(git diff --name-only --diff-filter=d "$base" -- '*.h' '*.cpp' '*.cu'); fi
if [ -n "$files" ]; then
  # shellcheck disable=SC2086
  clang-format --dry-run -Werror $files
fi
echo "format: $(printf '%s' "$files" | grep -c . || true) files as .clang-format wants them"
if [ -n "$tidy" ]; then
  build=build/${PRESET:-release}
  sources=$(printf '%s\n' "$files" | grep -E '^src/(core|text|config|data)/.*\.cpp$' || true)
  if [ ! -f "$build/compile_commands.json" ]; then
    echo "tidy: left out, there is no $build/compile_commands.json; run cmake --preset ${PRESET:-release}"
  elif ! command -v clang-tidy >/dev/null; then
    echo "tidy: left out, clang-tidy is not installed"
  else
    # shellcheck disable=SC2086
    [ -z "$sources" ] || printf '%s\n' $sources | xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p "$build"
    echo "tidy: $(printf '%s' "$sources" | grep -c . || true) files as .clang-tidy wants them"
  fi
fi
