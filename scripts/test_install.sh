#!/usr/bin/env bash
# Check the README's install lines for real, each in a folder of its own:
#   1. a clean clone of the last commit, then `uv run worldflux demo`
#   2. the wheel built from that clone, alone in a new environment, run from somewhere else
# Run as `just test-install`.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
work="$(mktemp -d "${TMPDIR:-/tmp}/worldflux-install.XXXXXX")"
trap 'rm -rf "$work"' EXIT

# The environment that called this script must not lend its packages or its settings to the ones under test.
unset VIRTUAL_ENV PYTHONPATH PYTHONHOME UV_PROJECT UV_PROJECT_ENVIRONMENT

step() { printf '\n== %s\n' "$*"; }

if [[ -n "$(git -C "$root" status --porcelain)" ]]; then
  echo "note: uncommitted changes are not part of a clean clone and are not tested here" >&2
fi

step "clean clone: uv run worldflux demo"
git clone --quiet --no-hardlinks "$root" "$work/clone"
(cd "$work/clone" && uv run worldflux demo </dev/null)

step "build the wheel from the clean clone"
uv build --quiet --wheel --out-dir "$work/dist" "$work/clone"
wheels=("$work"/dist/*.whl)
[[ ${#wheels[@]} -eq 1 ]] || { echo "expected one wheel, found: ${wheels[*]}" >&2; exit 1; }

step "the wheel alone, in a new environment"
uv venv --quiet "$work/venv"
uv pip install --quiet --python "$work/venv/bin/python" "${wheels[0]}"
mkdir "$work/elsewhere"
cd "$work/elsewhere"
bin="$work/venv/bin"
"$bin/worldflux" --version </dev/null
"$bin/worldforge" --help </dev/null >/dev/null
"$bin/worldflux" demo </dev/null

step "install lines work"
