#!/usr/bin/env bash
# Installs what is missing, builds the benchmarks, and runs one subject.
. "$(dirname "${BASH_SOURCE[0]}")/scripts/common.sh"

project="$root/bench/Bench"
program="$root/artifacts/bin/Bench/${configuration,,}/Cloud.Bench.dll"
install_all
say "building the benchmarks"
log="$root/artifacts/bench-build.log"
mkdir -p "$root/artifacts"
if ! dotnet build "$project" -c "$configuration" -v quiet --tl:off -clp:NoSummary >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  fail "the benchmarks do not build" "the whole log is in ${log#"$root"/}; if a package could not be restored, check the network"
fi
[ $# -gt 0 ] || set -- --help
exec dotnet "$program" "$@"
