#!/usr/bin/env bash
# Builds the page into web/dist and notes which sources it was built from.
set -euo pipefail
cd "$(dirname "$0")/../web"
npm run --silent build
node scripts/source-hash.mjs
