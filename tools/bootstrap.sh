#!/usr/bin/env bash
# Installs what the build needs on a bare Debian 12 or Ubuntu 24.04: Debian packages, then LibTorch from the torch
# Python package into .deps/venv. Quick the second time. POLYCLINIC_TORCH=DIR points at an existing LibTorch instead.
set -euo pipefail
cd "$(dirname "$0")/.."

# One package a line, so that `tools/bootstrap.sh --list` is the documentation.
packages=(
  build-essential cmake ninja-build ccache mold pkg-config git python3 python3-venv
  libyaml-cpp-dev libcli11-dev libfmt-dev libspdlog-dev nlohmann-json3-dev libpugixml-dev
  libsqlite3-dev libprotobuf-dev protobuf-compiler libpcre2-dev libicu-dev
  libgtest-dev libgmock-dev libbenchmark-dev clang-format clang-tidy
)
torch_version=2.13.0

if [ "${1:-}" = --list ]; then printf '%s\n' "${packages[@]}"; exit 0; fi

# One question for all of them: this runs at every `make`.
installed=$(dpkg-query -W -f='${Package} ${Status}\n' "${packages[@]}" 2>/dev/null | sed -n 's/ install ok installed$//p') || true
missing=()
for package in "${packages[@]}"; do
  case $'\n'"$installed"$'\n' in *$'\n'"$package"$'\n'*) ;; *) missing+=("$package") ;; esac
done
if [ ${#missing[@]} -gt 0 ]; then
  if ! command -v apt-get >/dev/null; then
    echo "bootstrap: this script installs Debian packages; here, install the equivalents of: ${missing[*]}" >&2; exit 2
  fi
  sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
  if [ -n "$sudo" ] && ! command -v sudo >/dev/null; then
    echo "bootstrap: not root and no sudo; ask an administrator to run: apt-get install ${missing[*]}" >&2; exit 2
  fi
  echo "bootstrap: installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if [ -n "${POLYCLINIC_TORCH:-}" ]; then
  [ -f "$POLYCLINIC_TORCH/share/cmake/Torch/TorchConfig.cmake" ] || {
    echo "bootstrap: POLYCLINIC_TORCH=$POLYCLINIC_TORCH holds no share/cmake/Torch/TorchConfig.cmake; give the folder of a LibTorch" >&2; exit 2; }
  echo "bootstrap: LibTorch at $POLYCLINIC_TORCH"
  exit 0
fi
python=.deps/venv/bin/python
if ! "$python" -c "import importlib.metadata as m, sys; sys.exit(m.version('torch').split('+')[0] != '$torch_version')" 2>/dev/null; then
  echo "bootstrap: installing torch $torch_version into .deps/venv (where the index serves the CUDA build this is several GB;"
  echo "bootstrap: set POLYCLINIC_TORCH to use a LibTorch that you have)"
  mkdir -p .deps
  # Python packages of wheels follow the interpreter: prefer the one whose torch wheel is at hand.
  "${PYTHON:-python3}" -m venv .deps/venv
  .deps/venv/bin/pip install -q --disable-pip-version-check "torch==$torch_version" numpy
fi
