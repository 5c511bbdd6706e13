#!/usr/bin/env bash
# Files of src/ alone, as the builds that compile several at a time do not see them: each includes what it uses, and
# hides no name of its own by another. Reads build/dev for the generated headers.
# Usage: scripts/check-includes.sh [COMMITS]     without COMMITS all files. With it, of the files that so many commits
#     changed the 50 that changed last, and one part in twenty of all, which is another with each commit: a header that
#     changed tells on files that did not. And always what bench/ has, which no other test compiles.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
most_changed=50 parts=20
sources() { grep -E '^src/.*\.cc$' | grep -v '_test\.cc$'; }
# But for the peer's own, which needs a package of its own.
benches() { git ls-files 'bench/*.cc' | grep -v libcurl; }
changed_lately() {
  git log -n "$1" --no-renames --diff-filter=d --name-only --format= | sources | awk '!seen[$0]++' |
    while read -r file; do [[ ! -f $file ]] || echo "$file"; done | sed "$((most_changed + 1)),\$d"
}
files() {
  if [[ -z ${1:-} ]]; then
    git ls-files | sources
    benches
  else
    { changed_lately "$1" || true; git ls-files | sources | awk -v part="$(git rev-list --count HEAD)" -v parts=$parts 'NR % parts == part % parts'; benches; } |
      sort -u
  fi
}
generated=()
for folder in build/dev/embedded/*/; do generated+=("-I$folder"); done
files "$@" |
  xargs -r -P "$(nproc)" -n 10 clang++ -fsyntax-only -std=c++20 -Wall -Wextra -Wpedantic -Werror -Wshadow -DFMT_SHARED \
    -DASTRAY_VERSION='""' -DASTRAY_VERSION_MAJOR=0 -DASTRAY_VERSION_MINOR=0 -DASTRAY_VERSION_PATCH=0 -DASTRAY_HOMEPAGE='""' -Isrc -Isrc/library/include "${generated[@]}"
