#!/bin/sh
# Puts what `cloud deploy` made into the vaults from which silos and gateways get it at their start: put-rollup.sh DATA.
# Whoever runs it needs the role Key Vault Secrets Officer on both vaults.
set -eu
data=${1:?usage: put-rollup.sh DATA, the data folder of cloud deploy}
: "${ROLLUP_VAULT_NAME:?run this with the values of azd: azd env get-values}" "${KEYS_VAULT_NAME:?run this with the values of azd: azd env get-values}"
: "${PRECONF_L1:?set it to the JSON-RPC address of L1}" "${PRECONF_KEY_PASSWORD:?set it to the password that seals keys.json}" "${PRECONF_OPERATOR_KEY:?set it to the first key of the operators of gateways, at least 32 characters}"
if ! grep -q '"sealed"' "$data/keys.json"; then
  echo "error: the keys in $data/keys.json lie open" >&2
  echo "       seal them first: a start with PRECONF_KEY_PASSWORD set does it" >&2
  exit 1
fi
values=$(mktemp -d)
trap 'rm -rf "$values"' EXIT
chmod 700 "$values"
printf %s "$PRECONF_L1" >"$values/l1"
printf %s "$PRECONF_OPERATOR_KEY" >"$values/operator"
printf %s "$PRECONF_KEY_PASSWORD" >"$values/password"
put() {
  # By file, since arguments can be read by every user of the machine.
  az keyvault secret set --vault-name "$1" --name "$2" --file "$3" --encoding utf-8 --output none
}
put "$ROLLUP_VAULT_NAME" rollup "$data/rollup.json"
put "$ROLLUP_VAULT_NAME" genesis "$data/genesis.json"
put "$ROLLUP_VAULT_NAME" l1 "$values/l1"
put "$ROLLUP_VAULT_NAME" operator "$values/operator"
put "$KEYS_VAULT_NAME" keys "$data/keys.json"
put "$KEYS_VAULT_NAME" password "$values/password"
