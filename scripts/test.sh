#!/usr/bin/env bash
# Every test: Rust on real servers, the page's units, golden terminals, the page in Chromium.
# Goes on after a failure, so that one run shows all of them; ends with one line per part.
set -uo pipefail
cd "$(dirname "$0")/.."

if ((EUID != 0)); then
  echo "make test creates accounts for a real sshd and needs root: run it as root or in a container." >&2
  exit 1
fi
rm -rf artefacts && mkdir -p artefacts

results=() failed=0
part() {
  local name=$1 start=$SECONDS
  shift
  echo "── $name"
  if "$@"; then results+=("passed  $name ($((SECONDS - start)) s)")
  else results+=("FAILED  $name ($((SECONDS - start)) s)"); failed=1
  fi
}

make web/node_modules/.package-lock.json tests/golden/node_modules/.package-lock.json || exit 1
# Here everything is installed: a test that would skip itself fails instead.
part "Rust, with OpenSSH, MariaDB, Redis" \
  env BATON_REQUIRE_ALL=1 target/debug/baton-load with --mariadb --redis -- scripts/rust-tests.sh all
part "web units" npm --prefix web test --silent
part "golden terminals in xterm.js" \
  node tests/golden/compare.mjs target/debug/examples/snapshot
part "the page in Chromium" node tests/browser/run.mjs

echo "── results"
printf '%s\n' "${results[@]}"
exit $failed
