#!/usr/bin/env bash
# Compiles Workloads.sol to Workloads.json with the npm package solc, in a scratch folder.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=0.8.30
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
npm install --no-audit --no-fund --loglevel=error "solc@$version" >/dev/null
node - "$here" "$version" <<'JS'
const fs = require('fs');
const [, , folder, version] = process.argv;
const solc = require(process.cwd() + '/node_modules/solc');
const input = {
  language: 'Solidity',
  sources: { 'Workloads.sol': { content: fs.readFileSync(folder + '/Workloads.sol', 'utf8') } },
  settings: { optimizer: { enabled: true, runs: 200 }, evmVersion: 'cancun', metadata: { appendCBOR: false }, outputSelection: { '*': { '*': ['evm.deployedBytecode.object'] } } },
};
const output = JSON.parse(solc.compile(JSON.stringify(input)));
for (const error of output.errors ?? []) {
  console.error(error.formattedMessage);
}
const contracts = Object.entries(output.contracts['Workloads.sol']).map(([name, contract]) => [name, '0x' + contract.evm.deployedBytecode.object]);
fs.writeFileSync(folder + '/Workloads.json', JSON.stringify({ compiler: 'solc ' + version, contracts: Object.fromEntries(contracts) }, null, 2) + '\n');
JS
