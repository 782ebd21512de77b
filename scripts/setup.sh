#!/usr/bin/env bash
# Make the machine and the virtual environment ready.
#
#   scripts/setup.sh run     what serving needs
#   scripts/setup.sh dev     that, and what the tests need
#
# VENV=PATH chooses the environment's folder (default: .venv). On Debian 12 as root, missing system packages are
# installed; anybody else gets one line that names them, and exit 2. A stamp in the environment, keyed by the
# dependency files, makes the second call fast and independent of the network.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

kind=${1:-run}
venv=${VENV:-.venv}
log=$venv/setup.log

fail() {
    printf 'lookglass: %s\n' "$1" >&2
    exit 2
}

say() { printf 'lookglass: %s\n' "$1" >&2; }

is_python311() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1
}

find_python() {
    local candidate
    for candidate in python3.11 python3 /usr/bin/python3.11; do
        if is_python311 "$candidate"; then
            printf '%s' "$candidate"
            return
        fi
    done
}

has_library() {
    PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep -F "$1 " >/dev/null
}

# llama.cpp comes as source, and cmake by way of pip. CC and CXX may hold options: `ccache gcc`, `gcc -m64`.
has_compiler() {
    local cc=${CC:-cc} cxx=${CXX:-c++}
    command -v "${cc%% *}" >/dev/null && command -v "${cxx%% *}" >/dev/null
}

has_llama() {
    local wheel
    wheel=$(sed -n 's/^llama_cpp_python==/llama_cpp_python-/p' requirements.lock)
    [ -d "$venv/lib/python3.11/site-packages/$wheel.dist-info" ]
}

has_software_gl() {
    local driver
    for driver in /usr/lib*/dri/swrast_dri.so /usr/lib*/*/dri/swrast_dri.so /usr/lib*/*/libgallium-*.so; do
        if [ -e "$driver" ]; then return; fi
    done
    return 1
}

# Prints the Debian packages that are missing here, found by what they bring rather than by their names, so that
# another distribution's libraries count too.
missing_packages() {
    if ! [ -x "$venv/bin/python" ] && [ -z "$(find_python)" ]; then echo python3.11-venv; fi
    has_library libEGL.so.1 || echo libegl1
    has_library libGL.so.1 || echo libgl1
    has_library libgthread-2.0.so.0 || echo libglib2.0-0
    has_library libXrender.so.1 || echo libxrender1 # pyrender imports its window toolkit even where it draws offscreen
    has_software_gl || echo libgl1-mesa-dri
    has_llama || has_compiler || echo g++
    if [ "$kind" = dev ]; then
        command -v node >/dev/null || echo nodejs
        command -v chromium >/dev/null || echo chromium
    fi
}

is_debian12() {
    (. /etc/os-release && [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ]) 2>/dev/null
}

# Fails unless this machine and this user may install the given packages.
require_rights() {
    if ! is_debian12; then
        fail "missing here: $1 (Debian 12's names); install them, with Python 3.11 and its venv module, then try again"
    elif [ "$(id -u)" != 0 ]; then
        fail "missing here; as root: apt-get update && apt-get install -y --no-install-recommends $1"
    fi
}

install_system() {
    say "installing $1"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086  # a list of words
    { apt-get -qq update && apt-get -qq install -y --no-install-recommends $1; } >"$log" 2>&1 || {
        tail -n 15 "$log" >&2
        fail "apt-get could not install $1; the log is $log"
    }
}

pip_install() {
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-input -c requirements.lock "$@" >>"$log" 2>&1 || {
        tail -n 15 "$log" >&2
        fail "pip could not install the Python packages (is the network up?); the log is $log"
    }
}

# The names in pyproject.toml, one a line; the exact versions come from requirements.lock.
wanted() {
    "$venv/bin/python" - "$kind" <<'PYTHON'
import sys, tomllib
with open("pyproject.toml", "rb") as file:
    project = tomllib.load(file)["project"]
extra = project["optional-dependencies"]["dev"] if sys.argv[1] == "dev" else []
print(*project["dependencies"], *extra, sep="\n")
PYTHON
}

install_python() {
    if ! [ -x "$venv/bin/python" ]; then
        say "making $venv"
        "$(find_python)" -m venv "$venv" >>"$log" 2>&1 || fail "no virtual environment could be made in $venv; the log is $log"
    fi
    is_python311 "$venv/bin/python" || fail "$venv is not a Python 3.11 environment; remove it or set VENV=another/folder"
    say "installing the Python packages into $venv (two to ten minutes, once; two or more compile llama.cpp)"
    # Without what only its command line tools and pictures need, llama.cpp compiles in half of the time.
    local quote="'\''" # in a path, for whoever splits these words as a shell would
    local include="-DCMAKE_PROJECT_llama.cpp_INCLUDE='${PWD//\'/$quote}/scripts/llama_cpp.cmake'"
    export CMAKE_ARGS="-DLLAVA_BUILD=OFF $include ${CMAKE_ARGS:-}"
    # torch before the rest: a package that asks for any torch would otherwise pull in gigabytes of CUDA.
    pip_install "$(wanted | grep '^torch==')"
    local names
    mapfile -t names < <(wanted)
    pip_install "${names[@]}"
    "$venv/bin/python" -m pip check >>"$log" 2>&1 || fail "the installed packages contradict each other; the log is $log"
}

stamped() { [ "$(cat "$venv/.lookglass-$1" 2>/dev/null)" = "$want" ]; }

case $kind in run | dev) ;; *) fail "usage: scripts/setup.sh [run|dev]" ;; esac
want=$(cat pyproject.toml requirements.lock scripts/setup.sh | sha256sum | cut -d ' ' -f 1)
packages=$(missing_packages | paste -s -d ' ')
if [ -z "$packages" ] && { stamped "$kind" || stamped dev; }; then exit 0; fi

if [ -n "$packages" ]; then require_rights "$packages"; fi
if ! mkdir -p "$venv" 2>/dev/null || ! [ -w "$venv" ]; then fail "cannot write $venv; set VENV=another/folder"; fi
exec 9>"$venv/.setup.lock"
if command -v flock >/dev/null; then flock 9; fi # two makes at once: the second waits for the first
if [ -n "$packages" ]; then install_system "$packages"; fi
if stamped "$kind" || stamped dev; then exit 0; fi
: >"$log"
install_python
printf '%s\n' "$want" >"$venv/.lookglass-$kind"
