#!/usr/bin/env bash
# Installs what is missing, builds, and runs the tests. The last line is: N passed, N failed, N skipped
. "$(dirname "${BASH_SOURCE[0]}")/scripts/common.sh"

usage() {
  cat <<'TEXT'
Usage: ./test.sh [unit|conformance|sim|e2e|all] [--filter CLASS_OR_METHOD] [--no-build]

  unit          the fast tests of every library
  conformance   test vectors; VECTORS_DIR names their folder (default ../shared/vectors), absent ones are skipped
  sim           the deterministic simulator
  e2e           whole-system tests with real processes
  all           everything that CI runs (default)

  --filter TEXT xunit's method filter with wildcards, such as '*Timetable*'
  --no-build    run what the last build left
TEXT
}

group=all filter= build=yes
while [ $# -gt 0 ]; do
  case $1 in
    unit|conformance|sim|e2e|all) group=$1 ;;
    --filter) [ $# -ge 2 ] || fail "--filter needs a value" "see ./test.sh --help"; filter=$2; shift ;;
    --no-build) build=no ;;
    -h|--help) usage; exit 0 ;;
    *) fail "unknown argument: $1" "see ./test.sh --help" ;;
  esac
  shift
done

if [ $build = yes ]; then
  install_all
  case $group in e2e|all) [ -n "$filter" ] || install_test_tools ;; esac
  build_solution
fi

if [ -z "${VECTORS_DIR:-}" ] && [ -d "$root/../shared/vectors" ]; then
  VECTORS_DIR=$(cd "$root/../shared/vectors" && pwd)
fi
export VECTORS_DIR=${VECTORS_DIR:-}

case $group in
  unit) traits=(-trait- Category=Conformance -trait- Category=Simulation -trait- Category=EndToEnd) ;;
  conformance) traits=(-trait Category=Conformance) ;;
  sim) traits=(-trait Category=Simulation) ;;
  e2e) traits=(-trait Category=EndToEnd) ;;
  all) traits=() ;;
esac
[ -z "$filter" ] || traits+=(-method "$filter")

results="$root/artifacts/test-results"
rm -rf "$results"
mkdir -p "$results"
passed=0 failed=0 skipped=0

# attribute FILE NAME: the sum of an attribute over the <assembly> elements of an xunit result file.
attribute() { grep -o '<assembly [^>]*' "$1" | grep -o " $2=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'; }

for project in "$root"/tests/*.Tests; do
  name=$(basename "$project")
  program="$root/artifacts/bin/$name/${configuration,,}/Cloud.$name.dll"
  [ -f "$program" ] || fail "$name is not built" "run ./test.sh without --no-build"
  say "$name"
  outcome=0
  dotnet "$program" -noLogo -noColor -xml "$results/$name.xml" "${traits[@]}" >"$results/$name.log" 2>&1 || outcome=$?
  if [ ! -s "$results/$name.xml" ] || ! grep -q '<assembly ' "$results/$name.xml"; then
    if [ $outcome -ne 0 ]; then
      tail -n 40 "$results/$name.log"
      echo "$name ended with exit code $outcome and left no results"
      failed=$((failed + 1))
    fi
    continue
  fi
  total=$(attribute "$results/$name.xml" passed)
  bad=$(($(attribute "$results/$name.xml" failed) + $(attribute "$results/$name.xml" errors)))
  left_out=$(attribute "$results/$name.xml" skipped)
  if [ $outcome -ne 0 ] && [ $bad -eq 0 ] && [ $((total + left_out)) -gt 0 ]; then bad=1; fi
  if [ $bad -gt 0 ]; then grep -vE '^\s*$' "$results/$name.log" | head -n 200; fi
  grep -E '\[SKIP\]' -A1 "$results/$name.log" | head -n 40 || true
  passed=$((passed + total)) failed=$((failed + bad)) skipped=$((skipped + left_out))
done

# node_tests NAME FOLDER TESTS: tests of TypeScript by Node's runner; a filter chooses among the tests of .NET only.
node_tests() {
  local name=$1 folder=$2 tests=$3 outcome=0
  [ -z "$filter" ] || return 0
  say "$name"
  local loader=()
  [ ! -d "$root/$folder/node_modules/tsx" ] || loader=(--import tsx)
  (cd "$root/$folder" && node "${loader[@]}" --test --test-reporter=spec "$tests"/*.test.*) >"$results/$name.log" 2>&1 || outcome=$?
  local good bad left_out
  good=$(sed -n 's/^ℹ pass \([0-9]*\)$/\1/p' "$results/$name.log" | tail -n 1)
  bad=$(sed -n 's/^ℹ fail \([0-9]*\)$/\1/p' "$results/$name.log" | tail -n 1)
  left_out=$(sed -n 's/^ℹ skipped \([0-9]*\)$/\1/p' "$results/$name.log" | tail -n 1)
  if [ $outcome -ne 0 ] && [ "${bad:-0}" = 0 ]; then bad=1; fi
  if [ "${bad:-0}" != 0 ]; then tail -n 120 "$results/$name.log"; fi
  passed=$((passed + ${good:-0})) failed=$((failed + ${bad:-0})) skipped=$((skipped + ${left_out:-0}))
}

case $group in
  unit|all)
    node_tests dashboard dashboard tests/logic
    node_tests verify clients/verify tests
    node_tests infra infra tests
    ;;
esac
case $group in
  e2e|all)
    node_tests dashboard-browser dashboard tests/browser
    ;;
esac

[ $((passed + failed + skipped)) -gt 0 ] || fail "no test matched" "see ./test.sh --help for the groups and the filter"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
