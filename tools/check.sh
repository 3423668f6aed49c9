#!/usr/bin/env bash
# Everything that needs no build: include direction, documents, format of changed files (all of them with --all).
set -euo pipefail
cd "$(dirname "$0")/.."
python3 tools/check_includes.py
python3 tools/check_documents.py
python3 tools/check_sizes.py
# CI's clone may be shallow, and a first commit has no parent: then every file counts as changed.
base=$(git rev-parse --verify -q "${POLYCLINIC_BASE:-HEAD~20}" || true)
all=''
for word in "$@"; do
  case "$word" in
    --all) all=1 ;;
    *) echo "check.sh: there is no option $word; give --all" >&2; exit 2 ;;
  esac
done
if [ -n "$all" ] || [ -z "$base" ]; then files=$(git ls-files '*.h' '*.cpp' '*.cu')
else files=$(git diff --name-only --diff-filter=d "$base" -- '*.h' '*.cpp' '*.cu'); fi
if [ -n "$files" ]; then
  # shellcheck disable=SC2086
  clang-format --dry-run -Werror $files
fi
echo "format: $(printf '%s' "$files" | grep -c . || true) files as .clang-format wants them"
