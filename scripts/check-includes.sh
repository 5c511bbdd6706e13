#!/usr/bin/env bash
# Files of src/ alone, as the builds that compile several at a time do not see them: each includes what it uses, and
# hides no name of its own by another. Reads build/dev for the generated headers.
# Usage: scripts/check-includes.sh [COMMITS]     without COMMITS all files; else those that so many commits changed
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
files() {
  local first=${1:+HEAD~$1}
  if [[ -n $first ]] && git rev-parse --quiet --verify "$first" >/dev/null; then
    git diff --name-only --diff-filter=d "$first" -- 'src/*.cc'
  else
    git ls-files 'src/*.cc'
  fi
}
generated=()
for folder in build/dev/embedded/*/; do generated+=("-I$folder"); done
files "$@" | { grep -v '_test\.cc$' || true; } |
  xargs -r -P "$(nproc)" -n 10 clang++ -fsyntax-only -std=c++20 -Wall -Wextra -Wpedantic -Werror -Wshadow -DFMT_SHARED \
    -DASTRAY_VERSION='""' -DASTRAY_VERSION_MAJOR=0 -DASTRAY_VERSION_MINOR=0 -DASTRAY_VERSION_PATCH=0 -DASTRAY_HOMEPAGE='""' -Isrc -Isrc/library/include "${generated[@]}"
