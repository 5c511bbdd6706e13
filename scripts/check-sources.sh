#!/usr/bin/env bash
# What no compiler checks: file sizes, names of forbidden kinds, bytes that hide.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
status=0
complain() { echo "check-sources: $*" >&2; status=1; }

while read -r lines file; do
  case $file in
    *_test.cc) limit=700 ;;
    *.h) limit=200 ;;
    *) limit=450 ;;
  esac
  ((lines <= limit)) || complain "$file has $lines lines, more than $limit: would two rooms be easier to live in than one?"
done < <(git ls-files 'src/*.cc' 'src/*.h' 'fuzz/*.cc' 'tests/*.cc' 'tests/*.h' | xargs wc -l | grep -v ' total$')

if git grep -nE '^using namespace' -- 'src/*.h' 'tests/*.h' | grep -v '_test.h:.*std::chrono_literals'; then complain "using namespace in a header"; fi
if git grep -nwE 'TODO|FIXME|XXX' -- 'src' 'fuzz' 'bench' 'scripts' ':!scripts/check-sources.sh'; then complain "an unfinished note"; fi
if git grep -nP '[\x{202a}-\x{202e}\x{2066}-\x{2069}\x{200b}]' -- '*.cc' '*.h' '*.sh'; then complain "a character that hides text"; fi
for rule in $(git ls-files 'src/audit/rules/*.cc'); do
  [[ -f ${rule%.cc}.md ]] || complain "$rule has no page ${rule%.cc}.md"
done
# Two types of one name in one namespace break the one-definition rule, and no linker says so.
doubled=$(git ls-files 'src/*.h' | xargs awk '
  /^namespace [a-z0-9_:]+ \{/ { space = $2 }
  /^(class|struct|enum class) / && !/;/ {
    name = $0; sub(/^(enum class|class|struct) (\[\[[a-z]+\]\] |[A-Z]+_EXPORT )?/, "", name)
    if (name ~ /^[A-Za-z0-9_]+(::|<)/) next  # a member, a specialization
    sub(/[^A-Za-z0-9_].*/, "", name)
    key = space "::" name
    if (key in first && first[key] != FILENAME) print key " in " first[key] " and in " FILENAME
    first[key] = FILENAME
  }')
[[ -z $doubled ]] || complain "one name for two types: $doubled"
exit $status
