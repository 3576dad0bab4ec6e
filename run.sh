#!/usr/bin/env bash
# Installs what is missing, builds, and starts silo and gateway in one process. Ctrl-C stops everything; the next start goes on with the same data.
. "$(dirname "${BASH_SOURCE[0]}")/scripts/common.sh"

usage() {
  cat <<'TEXT'
Usage: ./run.sh [--data FOLDER] [--listen URL] [--no-build]

  --data FOLDER  journals, world state and grain storage (default: data in this folder)
  --listen URL   the gateway's address (default: http://127.0.0.1:8080)
  --no-build     start what the last build left
TEXT
}

data="$root/data" listen=http://127.0.0.1:8080 build=yes
while [ $# -gt 0 ]; do
  case $1 in
    --data) [ $# -ge 2 ] || fail "--data needs a value" "see ./run.sh --help"; data=$2; shift ;;
    --listen) [ $# -ge 2 ] || fail "--listen needs a value" "see ./run.sh --help"; listen=$2; shift ;;
    --no-build) build=no ;;
    -h|--help) usage; exit 0 ;;
    *) fail "unknown argument: $1" "see ./run.sh --help" ;;
  esac
  shift
done

if [ $build = yes ]; then
  install_all
  build_solution
fi
program="$root/artifacts/bin/Host/${configuration,,}/preconf-cloud.dll"
[ -f "$program" ] || fail "the program is not built" "run ./run.sh without --no-build"
exec dotnet "$program" --data "$data" --listen "$listen"
