#!/usr/bin/env bash
# Runs the publisher through faults of L1, and kills it at every step of a publication.
. "$(dirname "${BASH_SOURCE[0]}")/scripts/common.sh"

usage() {
  cat <<'TEXT'
Usage: ./faults.sh [--seed N | --seeds A..B] [--slots N] [--faults PERCENT] [--steps]

  --seed N           the seed of the run (default 1); the same seed gives the same faults
  --seeds A..B       one run for each seed
  --slots N          slots of a run (default 200, at most 500)
  --faults PERCENT   share of the calls that meet a fault (default 20)
  --steps            instead, kill the publisher at every step of a publication that is posted, replaced, expires, or is taken back by a reorganisation

L1 is anvil behind two endpoints that delay, drop, duplicate, reorder, under-price, time out, disconnect and die, with geth's pool rules, reorganisations of
1 to 3 blocks and fee spikes of 8x. Fails where a checkpoint lands twice, is paid twice, or is neither on L1 nor reported. ./test.sh runs a short version.
TEXT
}

first=1 last=1 slots=200 faults=20 steps=no
while [ $# -gt 0 ]; do
  case $1 in
    --seed|--seeds|--slots|--faults)
      [ $# -ge 2 ] || fail "$1 needs a value" "see ./faults.sh --help"
      case $1 in
        --seed) first=$2 last=$2 ;;
        --seeds) [[ $2 == *..* ]] || fail "not a range: $2" "give one such as 1..5"; first=${2%%..*} last=${2##*..} ;;
        --slots) slots=$2 ;;
        --faults) faults=$2 ;;
      esac
      shift ;;
    --steps) steps=yes ;;
    -h|--help) usage; exit 0 ;;
    *) fail "unknown argument: $1" "see ./faults.sh --help" ;;
  esac
  shift
done
for number in "$first" "$last" "$slots" "$faults"; do
  [[ $number =~ ^[0-9]{1,6}$ ]] || fail "not a number: $number" "see ./faults.sh --help"
done
[ "$slots" -ge 1 ] && [ "$slots" -le 500 ] || fail "--slots is $slots" "it is from 1 to 500"
[ "$faults" -le 60 ] || fail "--faults is $faults" "it is at most 60 percent"

install_all
say "building the fault runs"
log="$root/artifacts/faults-build.log"
mkdir -p "$root/artifacts"
if ! dotnet build "$root/tests/Settlement.Tests" -c "$configuration" -v quiet --tl:off -clp:NoSummary >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  fail "the fault runs do not build" "the whole log is in ${log#"$root"/}; if a package could not be restored, check the network"
fi
program="$root/artifacts/bin/Settlement.Tests/${configuration,,}/Cloud.Settlement.Tests.dll"
if [ $steps = yes ]; then
  SETTLEMENT_TESTS_STRIDE=1 exec dotnet "$program" -noLogo -noColor -showLiveOutput -method '*PublisherFaultTests.Killed_at_every_step*'
fi
outcome=0
for ((seed = first; seed <= last; seed++)); do
  SETTLEMENT_TESTS_SLOTS=$slots SETTLEMENT_TESTS_SEED=$seed SETTLEMENT_TESTS_FAULTS=$faults \
    dotnet "$program" -noLogo -noColor -showLiveOutput -method '*PublisherFaultTests.Through_faults*' || outcome=1
done
exit $outcome
