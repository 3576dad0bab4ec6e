#!/usr/bin/env bash
# Compiles c-kzg-4844 and blst to one shared library, next to the trusted set-up that it needs. Does nothing when that is up to date.
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/common.sh"

case ${1:-} in
  '') ;;
  -h|--help)
    echo "Usage: native/build.sh"
    echo "Builds native/build/libpreconf_kzg.so from the npm package that native/package-lock.json pins. Needs a C compiler, Node.js and npm."
    exit 0 ;;
  *) fail "unknown argument: $1" "see native/build.sh --help" ;;
esac

native="$root/native"
output="$native/build"
library_name=libpreconf_kzg.so
setup_name=trusted_setup.txt
sources="$native/node_modules/c-kzg/deps"

install_npm "$native"
[ -f "$sources/c-kzg/ckzg.c" ] && [ -f "$sources/blst/src/server.c" ] && [ -f "$sources/c-kzg/$setup_name" ] \
  || fail "the npm package c-kzg lacks its sources" "remove native/node_modules and run native/build.sh again"

compiler=${CC:-cc}
have "$compiler" || fail "there is no C compiler ($compiler)" "install one (Debian: apt-get install gcc libc6-dev), or name yours in CC"
# Portable: blst then looks at the processor when it is loaded, not at the one it was compiled on.
flags=(-O2 -fPIC -shared -D__BLST_PORTABLE__ -Wl,-Bsymbolic -Wl,-z,noexecstack -Wl,-soname,$library_name)

inputs=$({
  printf '%s\n' "$compiler" "${flags[@]}"
  "$compiler" --version
  cd "$sources"
  find c-kzg blst/src blst/build blst/bindings/*.h -type f -print0 | sort -z | xargs -0 sha256sum
} | sha256sum | cut -d' ' -f1)
stamp="$output/.inputs-sha256"
if [ -f "$output/$library_name" ] && [ -f "$output/$setup_name" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$inputs" ]; then
  exit 0
fi

say "compiling c-kzg and blst"
mkdir -p "$output"
log="$output/compile.log"
scratch="$output/.$library_name.$$"
trap 'rm -f "$scratch"' EXIT
"$compiler" "${flags[@]}" -I"$sources/blst/bindings" -I"$sources/c-kzg" -o "$scratch" \
  "$sources/c-kzg/ckzg.c" "$sources/blst/src/server.c" "$sources/blst/build/assembly.S" >"$log" 2>&1 \
  || { tail -n 20 "$log" >&2; fail "compiling c-kzg and blst failed" "the messages are above and in native/build/compile.log; a C compiler with libc headers is needed (Debian: gcc libc6-dev)"; }
cp "$sources/c-kzg/$setup_name" "$output/$setup_name"
mv -f "$scratch" "$output/$library_name"
echo "$inputs" >"$stamp"
