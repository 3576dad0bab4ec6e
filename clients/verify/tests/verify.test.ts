import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { decode } from '../src/rlp.js';
import { verify } from '../src/verify.js';

const file = fileURLToPath(new URL('./sample-proof.json', import.meta.url));
const folder = fileURLToPath(new URL('..', import.meta.url));

interface Sample {
  format: string;
  chainId: number;
  rollup: string;
  transaction: string;
  committee?: { epoch: number; seed: string; members: string[] };
  rungs: Record<string, unknown>[];
}

const sample = () => JSON.parse(readFileSync(file, 'utf8')) as Sample;
const flipped = (hex: string, nibble: number) => hex.slice(0, nibble) + (parseInt(hex[nibble]!, 16) ^ 1).toString(16) + hex.slice(nibble + 1);
const faultOf = (proof: Sample, status: string, trust = {}) => verify(proof, trust).rungs.find((rung) => rung.status === status)?.fault;

test('the proof that the service writes is valid in every rung', () => {
  const verdict = verify(sample());
  assert.deepEqual(verdict.rungs.map((rung) => [rung.status, rung.fault]), ['preconfirmed', 'proposed', 'attested', 'checkpointed', 'proven', 'finalized'].map((status) => [status, null]));
  assert.deepEqual([verdict.isValid, verdict.proven, verdict.succeeded], [true, 'finalized', true]);
  assert.equal(verdict.rungs.filter((rung) => rung.toConfirm !== null).length, 3);
});

test('no bit of what was signed can be changed', () => {
  for (const [rung, key] of [[0, 'flashblock'], [1, 'chunk'], [2, 'certificate'], [3, 'certificate'], [3, 'header'], [1, 'receipt']] as const) {
    const text = sample().rungs[rung]![key] as string;
    for (let nibble = 2; nibble < text.length; nibble += Math.max(1, Math.floor(text.length / 30))) {
      const proof = sample();
      proof.rungs[rung]![key] = flipped(text, nibble);
      const verdict = verify(proof);
      assert.ok(!verdict.isValid, `${key} of rung ${rung}, nibble ${nibble}`);
      assert.notEqual(verdict.rungs[rung]!.fault, null);
    }
  }
});

test('a member, the seed and the epoch cannot be exchanged', () => {
  const exchanged = sample();
  exchanged.committee!.members.reverse();
  assert.ok(!verify(exchanged).isValid);
  const seed = sample();
  seed.committee!.seed = flipped(seed.committee!.seed, 10);
  assert.notEqual(verify(seed).committee, verify(sample()).committee);
  assert.equal(faultOf(sample(), 'proposed', { committee: verify(seed).committee! }), 'other-committee');
  assert.equal(faultOf(sample(), 'proposed', { slotsPerEpoch: 2 }), 'other-committee');
});

test('a proof of another rollup is refused', () => {
  assert.equal(faultOf(sample(), 'preconfirmed', { chainId: 1 }), 'other-rollup');
  const proof = sample();
  proof.chainId++;
  assert.equal(faultOf(proof, 'preconfirmed'), 'other-rollup');
});

test('another transaction is not shown by it', () => {
  const proof = sample();
  proof.transaction = flipped(proof.transaction, 20);
  assert.equal(faultOf(proof, 'preconfirmed'), 'transaction-missing');
  assert.equal(faultOf(proof, 'proposed'), 'transaction-missing');
});

test('a rung needs those that it stands on, in order', () => {
  const without = sample();
  without.rungs.splice(1, 1);
  assert.equal(faultOf(without, 'attested'), 'no-footing');
  assert.equal(faultOf(without, 'checkpointed'), 'no-footing');
  assert.equal(faultOf(without, 'finalized'), 'no-footing');
  assert.equal(verify(without).proven, 'preconfirmed');
  const twice = sample();
  twice.rungs.splice(2, 1, structuredClone(twice.rungs[1]!));
  assert.ok(!verify(twice).isValid);
  const nobody = sample();
  delete nobody.committee;
  assert.equal(faultOf(nobody, 'attested'), 'no-committee');
});

test('the chunks must be those that the checkpoint commits to', () => {
  const proof = sample();
  (proof.rungs[3]!['chunks'] as string[]).reverse();
  assert.equal(faultOf(proof, 'checkpointed'), 'not-committed');
});

test('what is no proof is refused with the reason', () => {
  for (const [document, reason] of [[null, /object/], [[], /object/], [{ format: 'x' }, /known/], [{ ...sample(), chainId: -1 }, /chainId/], [{ ...sample(), rungs: {} }, /rungs/], [{ ...sample(), transaction: '0x12' }, /32 bytes/]] as const) {
    assert.throws(() => verify(document), reason);
  }
  const malformed = sample();
  malformed.rungs[0]!['flashblock'] = '0xc0';
  assert.equal(faultOf(malformed, 'preconfirmed'), 'malformed');
  assert.equal(verify({ ...sample(), rungs: [] }).isValid, false);
});

test('RLP is read in its shortest form only', () => {
  for (const bad of ['8105', 'b80100', 'b90001', 'c1', '8180ff', '', 'f800']) {
    assert.throws(() => decode(Uint8Array.from(Buffer.from(bad, 'hex'))), bad);
  }
});

test('the command tells by its exit code', () => {
  const run = (...parameters: string[]) => spawnSync(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...parameters], { cwd: folder, encoding: 'utf8' });
  const good = run(file);
  assert.equal(good.status, 0, good.stderr);
  assert.match(good.stdout, /valid: finalized/);
  assert.equal(run(file, '--chain', '1').status, 1);
  const missing = run('nothing.json');
  assert.equal(missing.status, 2);
  assert.match(missing.stderr, /^error: /);
  assert.equal(run(file, '--chain', 'x').status, 2);
});
