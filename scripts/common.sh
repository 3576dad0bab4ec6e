# Shared by run.sh, test.sh, bench.sh and sim.sh: messages, and the installation of what a machine lacks. Sourced, not run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
configuration=Release
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# A youngest generation of 64 MiB (hexadecimal), which only the environment can set: state layers live as long as a chunk, and with a smaller one the collector copies them
# twice. The image sets the same.
export DOTNET_GCgen0size=${DOTNET_GCgen0size:-4000000}

say() { printf '== %s\n' "$*" >&2; }

# fail WHAT REMEDY: one sentence each.
fail() {
  printf 'error: %s\n       %s\n' "$1" "$2" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# The file of a shared library as the dynamic linker would find it, or nothing.
library() { { ldconfig -p 2>/dev/null || /sbin/ldconfig -p; } | awk -v name="$1" '$1 == name { print $NF; exit }'; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif have sudo; then sudo "$@"
  else fail "installing Debian packages needs root, and sudo is missing" "as root, run: apt-get install -y $debian_missing"
  fi
}

# Debian packages that are missing, by what they provide.
missing_debian_packages() {
  [ -n "$(library libsecp256k1.so.1)" ] || echo libsecp256k1-1
  [ -n "$(library liblmdb.so.0)" ] || echo liblmdb0
  have cc || echo gcc libc6-dev
  have curl || echo curl
}

install_debian_packages() {
  debian_missing=$(missing_debian_packages | tr '\n' ' ')
  [ -n "${debian_missing// /}" ] || return 0
  have apt-get || fail "this machine lacks: $debian_missing" "install these Debian packages, or what your system calls them"
  say "installing Debian packages: $debian_missing"
  as_root apt-get update -qq || fail "apt-get update failed" "check the network, or install by hand: $debian_missing"
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends $debian_missing >/dev/null \
    || fail "apt-get could not install: $debian_missing" "install them by hand and run this command again"
}

require_toolchains() {
  have dotnet || fail "the .NET SDK is missing" "install .NET SDK 10 and put dotnet on PATH"
  [ "$(dotnet --version | cut -d. -f1)" -ge 10 ] || fail "the .NET SDK is $(dotnet --version), 10 is needed" "install .NET SDK 10"
  have node || fail "Node.js is missing" "install Node.js 20 or newer with npm"
  have npm || fail "npm is missing" "install Node.js 20 or newer with npm"
  [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || fail "Node.js is $(node --version), 20 is needed" "install Node.js 20 or newer"
}

# install_npm FOLDER: what its lockfile says, once for each content of the lockfile.
install_npm() {
  local folder=$1 stamp
  stamp="$folder/node_modules/.lockfile-sha256"
  local wanted
  wanted=$(sha256sum <"$folder/package-lock.json" | cut -d' ' -f1)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return 0
  say "installing npm packages of ${folder#"$root"/}"
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error >&2) \
    || fail "npm could not install the packages of ${folder#"$root"/}" "check the network and run this command again"
  echo "$wanted" >"$stamp"
}

# The static files that the gateway serves, built again when a source is newer than the last build.
build_dashboard() {
  local folder="$root/dashboard"
  [ -f "$folder/package.json" ] || return 0
  if [ -f "$folder/dist/index.html" ] \
    && [ -z "$(find "$folder/src" "$folder/public" "$folder/index.html" "$folder/vite.config.ts" "$folder/package-lock.json" "$root/Gateway/Status/status.openapi.json" -newer "$folder/dist/index.html" -type f ! -name schema.ts -print -quit)" ]; then
    return 0
  fi
  say "building the dashboard"
  mkdir -p "$root/artifacts"
  (cd "$folder" && npm run -s build) >"$root/artifacts/dashboard.log" 2>&1 \
    || { tail -n 20 "$root/artifacts/dashboard.log" >&2; fail "the dashboard does not build" "the whole log is in artifacts/dashboard.log"; }
}

# A browser for the tests of the dashboard, and what checks the alert rules.
install_test_tools() {
  debian_missing=
  have chromium || have google-chrome || [ -n "${CHROMIUM:-}" ] || debian_missing="chromium fonts-dejavu-core"
  have promtool || debian_missing="$debian_missing prometheus"
  [ -n "$debian_missing" ] || return 0
  have apt-get || fail "this machine lacks: $debian_missing" "install these Debian packages, or what your system calls them"
  say "installing Debian packages for tests: $debian_missing"
  as_root apt-get update -qq || fail "apt-get update failed" "check the network, or install by hand: $debian_missing"
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends $debian_missing >/dev/null \
    || fail "apt-get could not install: $debian_missing" "install them by hand and run this command again"
}

install_all() {
  require_toolchains
  install_debian_packages
  local folder
  for folder in native contracts dashboard clients/verify tests/clients tests/azurite bench/uniswap; do
    [ -f "$root/$folder/package-lock.json" ] && install_npm "$root/$folder"
  done
  [ -x "$root/native/build.sh" ] && "$root/native/build.sh"
  build_dashboard
  return 0
}

# What ./run.sh and ./cloud need, and nothing that only tests need. npm waits for the network while the compiler works.
install_product() {
  require_toolchains
  install_debian_packages
  install_npm "$root/native"
  (
    local folder
    for folder in dashboard contracts bench/uniswap; do
      install_npm "$root/$folder"
    done
    build_dashboard
  ) &
  local others=$! built=yes
  ("$root/native/build.sh" && build_solution "$root/Product.slnf" -p:RunAnalyzers=false) || built=no
  wait $others || built=no
  [ $built = yes ] || exit 1
}

# build_solution [SOLUTION OPTIONS]: all of it, or what a filter names.
build_solution() {
  say "building (the first time takes a minute or two)"
  local log="$root/artifacts/build.log"
  [ $# -gt 0 ] || set -- "$root/Cloud.sln"
  mkdir -p "$root/artifacts"
  if ! dotnet build "$@" -c "$configuration" -v quiet --tl:off -clp:NoSummary >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    fail "the build failed" "the whole log is in ${log#"$root"/}; if a package could not be restored, check the network"
  fi
}
