#!/usr/bin/env bash
# Runs random transactions and programs here and on anvil, and compares receipts, logs and state.
. "$(dirname "${BASH_SOURCE[0]}")/scripts/common.sh"

usage() {
  cat <<'TEXT'
Usage: ./differential.sh [--transactions N] [--seed N] [--fork osaka|prague]

  --transactions N   how many are compared (default 100000)
  --seed N           the same transactions, programs and block times again; anvil draws PREVRANDAO anew (default: a new one, printed)
  --fork NAME        the rules (default osaka)

Fails at the first difference, and says which receipt and instruction, or which account, differs. ./test.sh e2e runs a short version.
TEXT
}

transactions=100000 seed= fork=osaka
while [ $# -gt 0 ]; do
  case $1 in
    --transactions|--seed|--fork)
      [ $# -ge 2 ] || fail "$1 needs a value" "see ./differential.sh --help"
      case $1 in --transactions) transactions=$2 ;; --seed) seed=$2 ;; --fork) fork=$2 ;; esac
      shift ;;
    -h|--help) usage; exit 0 ;;
    *) fail "unknown argument: $1" "see ./differential.sh --help" ;;
  esac
  shift
done
for number in "$transactions" "${seed:-0}"; do
  [[ $number =~ ^[0-9]{1,9}$ ]] || fail "not a number: $number" "see ./differential.sh --help"
done
case $fork in osaka|prague) ;; *) fail "unknown fork: $fork" "see ./differential.sh --help" ;; esac

install_all
say "building the differential run"
log="$root/artifacts/differential-build.log"
mkdir -p "$root/artifacts"
if ! dotnet build "$root/tests/Differential.Tests" -c "$configuration" -v quiet --tl:off -clp:NoSummary >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  fail "the differential run does not build" "the whole log is in ${log#"$root"/}; if a package could not be restored, check the network"
fi
export DIFFERENTIAL_TRANSACTIONS=$transactions DIFFERENTIAL_SEED=$seed DIFFERENTIAL_FORK=$fork
exec dotnet "$root/artifacts/bin/Differential.Tests/${configuration,,}/Cloud.Differential.Tests.dll" -noLogo -noColor -trait Category=EndToEnd
