#!/bin/sh
# What the tests need beside Python: a browser, PostgreSQL, barcode and PDF tools, Go, and npm verifiers.
# As root on Debian it installs them; otherwise it says which tests are left out and how to get them.
set -eu
missing=""
need() { # need COMMAND-OR-FILE PACKAGES WHAT-IS-LEFT-OUT
    if command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || ls $1 >/dev/null 2>&1; then return; fi
    missing="$missing $2"
    echo "missing $2: without it are left out $3" >&2
}
# Built without windows, the same engine opens a page in a fifth of the time; where only the other is to be had, it does.
need chromium-headless-shell "chromium-headless-shell" "tests/browser, or chromium makes them slower"
need "/usr/lib/postgresql/*/bin/initdb" "postgresql" "every test on PostgreSQL"
need "/usr/lib/*/libzbar.so.0" "libzbar0" "decoding labels with zbar"
need pdftoppm "poppler-utils" "decoding label sheets"
need go "golang-go" "tests/contract/test_go_sumdb.py"
need "/usr/share/gocode/src/golang.org/x/mod" "golang-golang-x-mod-dev" "tests/contract/test_go_sumdb.py"
need jq "jq curl openssl xxd" "tests/web/test_verifying.py"
need nginx "nginx-light" "tests/browser/test_archive.py"
need caddy "caddy" "Caddy in tests/browser/test_archive.py"
need redis-server "redis-server" "a queue on Redis in tests/services/test_label_workers.py"
need node "nodejs npm" "npm verifiers in tests/contract"
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq || echo "apt-get update failed: these are the packages of before" >&2
        if ! apt-cache show chromium-headless-shell >/dev/null 2>&1; then
            missing=$(echo "$missing" | sed 's/chromium-headless-shell/chromium/')
        fi
        # shellcheck disable=SC2086
        apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
            echo "apt-get install failed: tests that need$missing are left out" >&2
    else
        echo "To get them, run as root: apt-get install$missing" >&2
    fi
fi
if command -v npm >/dev/null 2>&1 && [ ! -d tests/render/npm/node_modules ]; then
    (cd tests/render/npm && npm ci --silent --no-audit --no-fund --ignore-scripts) || echo "npm ci failed: ZPL by another's interpreter is left out" >&2
fi
if command -v npm >/dev/null 2>&1 && [ ! -d tests/contract/npm/node_modules ]; then
    (cd tests/contract/npm && npm ci --silent --no-audit --no-fund --ignore-scripts) || echo "npm ci failed: tests/contract with npm verifiers are left out" >&2
fi
