#!/usr/bin/env bash
# Installs the Python references that tests/parity and bench compare with, beside torch in .deps/venv. Never needed to
# build, test or run.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x .deps/venv/bin/pip ] || tools/bootstrap.sh
.deps/venv/bin/pip install -q --disable-pip-version-check transformers==5.17.0 peft==0.21.2 tokenizers==0.23.3 \
  hydra-core==1.3.2 seqeval bitsandbytes safetensors sentencepiece
