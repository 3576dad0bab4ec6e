import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import test from 'node:test';
import { promisify } from 'node:util';
import { factory, http, keys, token, until } from './support.mjs';

const require = createRequire(import.meta.url);
const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const program = require.resolve(`@foundry-rs/cast-${process.platform}-${architecture}/bin/cast`);
const run = async (...args) => {
  try {
    return (await promisify(execFile)(program, args, { timeout: 120_000, maxBuffer: 1 << 26, env: { ...process.env, ETH_RPC_URL: http } })).stdout.trim();
  } catch (error) {
    throw new Error(`cast ${args[0]}: ${error.stderr}`);
  }
};
const json = async (command, ...args) => JSON.parse(await run(command, '--json', ...args));
// Cast reads the state after the newest sealed block, where a preconfirmed transaction is not yet.
const send = async (...args) => {
  const { transactionHash } = await json('send', '--private-key', keys[0], ...args);
  return until(async () => {
    const receipt = await json('receipt', transactionHash);
    return /^0x0*$/.test(receipt.blockHash) ? null : receipt;
  }, 'the block is sealed');
};
const alice = () => promisify(execFile)(program, ['wallet', 'address', '--private-key', keys[0]]).then(({ stdout }) => stdout.trim());

test('the chain is read', async () => {
  assert.equal(await run('chain-id'), process.env.CHAIN_ID);
  assert.ok(Number(await run('block-number')) >= 0);
  assert.ok(BigInt(await run('gas-price')) > 0n);
  assert.ok(BigInt(await run('base-fee')) > 0n);
  assert.match(await run('client'), /^preconf-cloud\//);
  const block = await json('block', 'latest');
  assert.equal(block.transactions.length >= 0, true);
  assert.ok(Number((await json('block', 'pending')).number) >= 0);
});

test('contracts are deployed and used', async () => {
  const owner = await alice();
  const created = await send('--create', token.bytecode, 'constructor(uint256)', '1000000');
  assert.equal(created.status, '0x1');
  const address = created.contractAddress;
  assert.equal((await run('call', address, 'balanceOf(address)(uint256)', owner)).split(' ')[0], '1000000');
  const transfer = await send(address, 'transfer(address,uint256)', '0x000000000000000000000000000000000000dEaD', '7');
  assert.equal(transfer.status, '0x1');
  assert.equal(transfer.logs.length, 1);
  assert.equal((await run('call', address, 'balanceOf(address)(uint256)', '0x000000000000000000000000000000000000dEaD', '--block', 'pending')).split(' ')[0], '7');
  const receipt = await json('receipt', transfer.transactionHash);
  assert.equal(receipt.transactionHash, transfer.transactionHash);
  assert.equal((await json('tx', transfer.transactionHash)).hash, transfer.transactionHash);
  assert.ok(Number(await run('estimate', address, 'transfer(address,uint256)', '0x000000000000000000000000000000000000dEaD', '7', '--from', owner)) > 21_000);
  assert.ok((await run('code', address)).length > 100);
  const logs = await json('logs', '--from-block', '0', '--to-block', 'latest', '--address', address);
  assert.ok(logs.length >= 1);
  const proof = await json('proof', address, '0x0');
  assert.ok(proof.accountProof.length > 0);
  assert.ok((await run('access-list', address, 'balanceOf(address)', owner)).includes('access list'));
  assert.match(await run('rpc', 'debug_traceTransaction', transfer.transactionHash, '{"tracer":"callTracer"}'), /"type":"CALL"/);
  const other = await send('--create', factory.bytecode, 'constructor(address)', owner);
  assert.equal(other.status, '0x1');
});

test('reverts and refusals are told', async () => {
  const owner = await alice();
  const created = await send('--create', token.bytecode, 'constructor(uint256)', '1');
  await assert.rejects(run('call', created.contractAddress, 'transfer(address,uint256)', owner, '5'), /ds-math-sub-underflow/);
  await assert.rejects(run('send', '--private-key', keys[0], '--nonce', '0', '--gas-limit', '21000', owner), /nonce too low/);
});

test('a delegation is sent (EIP-7702), and raw transactions are published', async () => {
  const owner = await alice();
  const raw = await run('mktx', '--private-key', keys[1], owner, '--value', '5');
  const published = JSON.parse(await run('publish', raw));
  assert.match(published.transactionHash ?? published, /^0x[0-9a-f]{64}$/);
  const delegated = await send('--auth', '0x00000000000000000000000000000000000000aa', owner);
  assert.equal(delegated.status, '0x1');
  await until(async () => (await run('code', owner)).startsWith('0xef0100'), 'the delegation is there');
  assert.ok(Number(await run('nonce', owner, '--block', 'pending')) > 0);
  assert.ok(BigInt(await run('balance', owner)) > 0n);
});
