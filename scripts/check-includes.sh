#!/usr/bin/env bash
# Every file of src/ alone, as the builds that compile several at a time do not see it: it includes what it uses, and
# hides no name of its own by another. Reads build/dev for the generated headers.
# Usage: scripts/check-includes.sh
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
generated=()
for folder in build/dev/embedded/*/; do generated+=("-I$folder"); done
git ls-files 'src/*.cc' | grep -v '_test\.cc$' |
  xargs -P "$(nproc)" -n 10 clang++ -fsyntax-only -std=c++20 -Wall -Wextra -Wpedantic -Werror -Wshadow -DFMT_SHARED \
    -DASTRAY_VERSION='""' -DASTRAY_VERSION_MAJOR=0 -DASTRAY_VERSION_MINOR=0 -DASTRAY_VERSION_PATCH=0 -DASTRAY_HOMEPAGE='""' -Isrc -Isrc/library/include "${generated[@]}"
