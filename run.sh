#!/usr/bin/env bash
# Installs what is missing, builds, and starts a whole rollup in one process: L1, contracts, committee, publisher and gateway. Ctrl-C stops everything; the next start goes on with the same data.
. "$(dirname "${BASH_SOURCE[0]}")/scripts/common.sh"

usage() {
  cat <<'TEXT'
Usage: ./run.sh [options]

  --demo             send transfers, token transfers and Uniswap V2 swaps until Ctrl-C
  --duration TIME    send for so long (such as 120s), wait until all of it is on L1, report, and end;
                     the exit code is 0 only if nothing accepted was lost and no promise broken
  --tps N            transactions per second to send, 1 to 5000 (default: 20)
  --report FILE      the report as JSON; with --duration
  --data FOLDER      everything that survives a restart (default: data in this folder)
  --listen URL       the gateway's address (default: http://127.0.0.1:8080)
  --flashblock TIME  time between flashblocks (default: 200ms)
  --password-file F  file with the password that seals the keys in the data folder (default: the variable
                     PRECONF_KEY_PASSWORD; without both they lie open in a file that only its owner may read)
  --no-build         start what the last build left

Of a new rollup; a folder that has one keeps what it has:
  --committee N      members of the committee, 1 to 128 (default: 4)
  --profile NAME     continuous, pipelined or sequential (default: continuous)
  --slot TIME        duration of a slot (default: 12s)
  --chunk TIME       duration of a chunk (default: 2s)
  --l1-block TIME    time between L1's blocks (default: 2s)
  --l1 URL           JSON-RPC of an L1, in place of a local one; PRECONF_L1_KEY has the private key that pays for the deployment
  --l1-beacon URL    the L1's beacon node, for blobs (default: the same address)
TEXT
}

data="$root/data" build=yes arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    --data|--listen|--password-file|--duration|--tps|--report|--flashblock|--committee|--profile|--slot|--chunk|--l1-block|--l1|--l1-beacon)
      [ $# -ge 2 ] || fail "$1 needs a value" "see ./run.sh --help"
      if [ "$1" = --data ]; then data=$2; else arguments+=("$1" "$2"); fi
      shift ;;
    --demo) arguments+=("$1") ;;
    --no-build) build=no ;;
    -h|--help) usage; exit 0 ;;
    *) fail "unknown option: $1" "see ./run.sh --help" ;;
  esac
  shift
done

if [ $build = yes ]; then
  install_product
fi
program="$root/artifacts/bin/Host/${configuration,,}/preconf-cloud.dll"
[ -f "$program" ] || fail "the program is not built" "run ./run.sh without --no-build"
exec dotnet "$program" --data "$data" "${arguments[@]}"
