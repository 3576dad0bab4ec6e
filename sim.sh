#!/usr/bin/env bash
# Installs what is missing, builds the simulator, and runs it over a range of seeds.
. "$(dirname "${BASH_SOURCE[0]}")/scripts/common.sh"

project="$root/bench/Simulator"
program="$root/artifacts/bin/Simulator/${configuration,,}/Cloud.Simulator.dll"
install_all
say "building the simulator"
log="$root/artifacts/simulator-build.log"
mkdir -p "$root/artifacts"
if ! dotnet build "$project" -c "$configuration" -v quiet --tl:off -clp:NoSummary >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  fail "the simulator does not build" "the whole log is in ${log#"$root"/}; if a package could not be restored, check the network"
fi
# 512 MiB before a collection: a seed keeps nearly all that it makes until it ends.
export DOTNET_GCgen0size=20000000 DOTNET_GCgen0MaxBudget=20000000
exec dotnet "$program" "$@"
