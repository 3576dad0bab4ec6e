#!/usr/bin/env bash
# Installs what is missing, builds the load program, and runs it: the committee under load in real time, or kill -9 under load.
. "$(dirname "${BASH_SOURCE[0]}")/scripts/common.sh"

project="$root/bench/Load"
program="$root/artifacts/bin/Load/${configuration,,}/Cloud.Load.dll"
install_all
say "building the load program"
log="$root/artifacts/load-build.log"
mkdir -p "$root/artifacts"
if ! dotnet build "$project" -c "$configuration" -v quiet --tl:off -clp:NoSummary >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  fail "the load program does not build" "the whole log is in ${log#"$root"/}; if a package could not be restored, check the network"
fi
exec dotnet "$program" "$@"
