#!/usr/bin/env bash
# Compile the kernels anew when the source of any of them has changed. numba looks at the file of the outermost
# kernel alone: a change in one that it calls from another file would otherwise go unnoticed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

stamp=.cache/kernels
sources=$(grep -rl --include='*.py' 'import.*njit' pipelines | sort | xargs sha256sum | sha256sum)
if [ "$(cat "$stamp" 2>/dev/null)" = "$sources" ]; then exit 0; fi
find pipelines \( -name '*.nbi' -o -name '*.nbc' \) -delete
if ! "${VENV:-.venv}/bin/python" scripts/compile_kernels.py 2> >(grep '^lookglass: ' >&2); then
    echo 'lookglass: the kernels could not be compiled ahead; they are when they are first needed' >&2
fi
mkdir -p .cache
printf '%s\n' "$sources" >"$stamp"
