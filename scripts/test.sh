#!/usr/bin/env bash
# Run the tests: those that need no browser in two processes, each file in one of them, so that what a file loads is
# loaded once; then those in a browser, which need both cores for themselves. The first part that fails ends it.
#
#   scripts/test.sh [OPTION...]     options of pytest for both parts, as in -k render
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ran=

# Runs one part; that it has no test among those asked for is no failure.
part() {
    local status=0
    "${VENV:-.venv}/bin/python" -m pytest "$@" || status=$?
    case $status in
    0) ran=yes ;;
    5) ;; # pytest's status where no test was chosen
    *) printf 'lookglass: tests failed\n' >&2 && exit "$status" ;;
    esac
}

part --numprocesses 2 --dist loadfile -m 'not e2e' "$@"
part --override-ini testpaths=tests/e2e -m e2e "$@"
if [ -z "$ran" ]; then printf 'lookglass: no test was chosen\n' >&2 && exit 5; fi
printf 'lookglass: all tests passed\n'
