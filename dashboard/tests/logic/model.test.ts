import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apply, fromOverview, isAfter, shifted } from '../../src/state/model.js';
import type { StreamEvent } from '../../src/api/types.js';
import { Scenario } from '../scenario/scenario.js';

const modelOf = (scenario: Scenario) => fromOverview(scenario.overview(), scenario.now);

test('a model fed with events is the model read from a snapshot', () => {
  const scenario = new Scenario(20);
  const model = modelOf(scenario);
  scenario.listeners.add((_, event) => apply(model, structuredClone(event), scenario.now));
  scenario.advance(61_300);
  const fresh = modelOf(scenario);
  assert.equal(model.lastEventId, fresh.lastEventId);
  for (const tip of ['proposed', 'attested', 'checkpointed', 'proven', 'finalized'] as const) {
    assert.deepEqual(model.tips[tip], fresh.tips[tip]);
  }
  assert.deepEqual(model.tips.pending?.flashblock, fresh.tips.pending?.flashblock);
  assert.deepEqual(model.slots.slice(1, 20).map((slot) => [slot.slot, slot.phase, slot.checkpoint]), fresh.slots.slice(1, 20).map((slot) => [slot.slot, slot.phase, slot.checkpoint]));
  const counts = (slot: { chunks: number; certified: number; transactions: number }) => [slot.chunks, slot.certified, slot.transactions];
  assert.ok(fresh.slots[0]!.transactions > 0);
  assert.deepEqual(counts(model.slots[0]!), counts(fresh.slots[0]!));
  assert.deepEqual(model.checkpoints.slice(0, 20), fresh.checkpoints.slice(0, 20));
  const [live, read] = [model.details[0]!, fresh.details[0]!];
  assert.equal(live.slot, read.slot);
  assert.deepEqual(live.deadlines, read.deadlines);
  assert.deepEqual(live.items.map((chunk) => [chunk.index, chunk.state, chunk.flashblocks.length]), read.items.map((chunk) => [chunk.index, chunk.state, chunk.flashblocks.length]));
});

test('events that a snapshot holds already change nothing', () => {
  const scenario = new Scenario(5);
  const seen: StreamEvent[] = [];
  scenario.listeners.add((_, event) => seen.push(event));
  scenario.advance(5_000);
  const model = modelOf(scenario);
  const before = structuredClone(model);
  for (const event of seen.filter((event) => event.id !== null)) {
    apply(model, event, scenario.now);
  }
  assert.deepEqual(model, before);
});

test('a lost slot marks its chunks and counts every broken promise', () => {
  const scenario = new Scenario(41);
  const model = modelOf(scenario);
  scenario.listeners.add((_, event) => apply(model, structuredClone(event), scenario.now));
  scenario.advance(16_000);
  assert.ok(model.reorgs.some((reorg) => reorg.kind === 'pruned'));
  assert.equal(model.promises.broken, scenario.broken.length);
  assert.ok(model.details.find((slot) => slot.slot === 41)!.items.every((chunk) => chunk.state === 'pruned'));
});

test('the same scenario gives the same bytes', () => {
  assert.deepEqual(new Scenario(12).log, new Scenario(12).log);
});

test('ids are ordered in one log, and a new log is always after', () => {
  assert.ok(isAfter('a-10', 'a-9'));
  assert.ok(!isAfter('a-9', 'a-9'));
  assert.ok(isAfter('b-1', 'a-9'));
  assert.ok(isAfter('a-9223372036854775807', 'a-9223372036854775806'));
});

test('deadlines of another slot are moved by whole slots', () => {
  const deadlines = new Scenario(1).overview().building!.deadlines;
  assert.equal(shifted(deadlines, 2, 12_000).attest, new Date(Date.parse(deadlines.attest) + 24_000).toISOString());
});

test('the clock offset follows heartbeats, not delays', () => {
  const scenario = new Scenario(1);
  const model = fromOverview(scenario.overview(), scenario.now - 1000);
  assert.equal(model.clockOffset, 1000);
  const beat = (delay: number): StreamEvent => ({ id: null, event: 'heartbeat', data: { now: new Date(scenario.now).toISOString(), lastEventId: 'a1-1', position: '1.-', slot: 1, transactionsPerSecond: 1, pool: { pending: 0, queued: 0 } } }) as StreamEvent & { delay?: typeof delay };
  apply(model, beat(0), scenario.now - 1000 + 300);
  assert.ok(Math.abs(model.clockOffset - 999) <= 1);
});
