// Compiles src/*.sol and writes artifacts/*.json; with --check, compares with what is there instead. With --sizes, prints the sizes of the code.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync, existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import solc from 'solc';

const here = dirname(fileURLToPath(import.meta.url));
const deployable = ['Rollup', 'AttestedVerifier'];
const settings = {
  optimizer: { enabled: true, runs: 100_000 },
  viaIR: true,
  evmVersion: 'cancun',
  metadata: { bytecodeHash: 'none', appendCBOR: false },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
};

const sources = {};
for (const file of readdirSync(join(here, 'src')).filter((name) => name.endsWith('.sol')).sort()) {
  sources[file] = { content: readFileSync(join(here, 'src', file), 'utf8') };
}

const output = JSON.parse(solc.compile(JSON.stringify({ language: 'Solidity', sources, settings })));
const problems = output.errors ?? [];
for (const problem of problems) {
  console.error(problem.formattedMessage);
}

if (problems.length > 0) {
  process.exit(1);
}

// What the artifacts were built from: a reader can tell without a compiler whether they are stale.
const digests = Object.fromEntries(Object.entries(sources).map(([file, { content }]) => [file, createHash('sha256').update(content).digest('hex')]));
const wanted = new Map();
for (const name of deployable) {
  const contract = output.contracts[`${name}.sol`][name];
  const artifact = {
    contract: name,
    compiler: solc.version(),
    evmVersion: settings.evmVersion,
    optimizer: { ...settings.optimizer, viaIR: settings.viaIR },
    sources: digests,
    abi: contract.abi,
    bytecode: `0x${contract.evm.bytecode.object}`,
    deployedBytecode: `0x${contract.evm.deployedBytecode.object}`,
  };
  const size = contract.evm.deployedBytecode.object.length / 2;
  if (size > 24_576) {
    console.error(`${name} has ${size} bytes of code; EIP-170 allows 24576`);
    process.exit(1);
  }

  if (process.argv.includes('--sizes')) {
    console.log(`${name}: ${size} bytes of code`);
  }

  wanted.set(`${name}.json`, `${JSON.stringify(artifact, null, 2)}\n`);
}

const folder = join(here, 'artifacts');
const present = existsSync(folder) ? readdirSync(folder) : [];
if (process.argv.includes('--check')) {
  const stale = [...wanted.keys()].filter((name) => !present.includes(name) || readFileSync(join(folder, name), 'utf8') !== wanted.get(name));
  const extra = present.filter((name) => !wanted.has(name));
  if (stale.length + extra.length > 0) {
    console.error(`artifacts do not match the sources: ${[...stale, ...extra].join(', ')}; run: npm run build (in contracts/)`);
    process.exit(1);
  }
} else {
  mkdirSync(folder, { recursive: true });
  for (const name of present.filter((name) => !wanted.has(name))) {
    rmSync(join(folder, name));
  }

  for (const [name, text] of wanted) {
    writeFileSync(join(folder, name), text);
  }
}
