import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as format from '../../src/format.js';
import { parseRoute, pathOf } from '../../src/router.js';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

test('durations have the largest unit that fits', () => {
  assert.deepEqual([0, 999, 1000, 11_400, 63_000, 60_000, 7_200_000, 14 * 86_400_000, null].map((ms) => plain(format.duration(ms))), ['0 ms', '999 ms', '1 s', '11.4 s', '1 min 3 s', '1 min', '2 h', '14 days', '–']);
});

test('a share below one never reads as a hundred percent', () => {
  assert.equal(plain(format.percent(0.99996)), '99.9 %');
  assert.equal(plain(format.percent(1)), '100 %');
  assert.equal(plain(format.percent(0.5, 0)), '50 %');
});

test('wei are shown as ether, gwei or wei', () => {
  assert.deepEqual(['0', '7', '1000000007', '2100000000000000', '1250000000000000000000'].map((wei) => plain(format.ether(wei))), ['0 ETH', '7 wei', '1 gwei', '0.0021 ETH', '1250 ETH'].map((text) => text.replace('1250', '1,250')));
});

test('short keeps both ends, or only the head', () => {
  assert.equal(format.short(`0x${'ab'.repeat(20)}`), '0xababab…abab');
  assert.equal(format.short(`0x${'ab'.repeat(20)}`, 4, 0), '0xabab…');
  assert.equal(format.short('0x1234'), '0x1234');
});

test('paths lead to pages, and nonsense to none', () => {
  const hash = `0x${'0a'.repeat(32)}`;
  assert.deepEqual(parseRoute('/'), { page: 'overview' });
  assert.deepEqual(parseRoute(`/tx/${hash.toUpperCase().replace('0X', '0x')}`), { page: 'transaction', hash });
  assert.deepEqual(parseRoute('/slots/12/chunks/3'), { page: 'chunk', slot: 12, chunk: 3 });
  assert.deepEqual(parseRoute('/blocks/safe'), { page: 'block', block: 'safe' });
  assert.deepEqual(parseRoute('/search', '?q=%20abc '), { page: 'search', query: 'abc' });
  for (const path of ['/tx/0x12', '/slots/-1', '/slots/1/chunks', '/nothing', '/%E0%A4%A', `/slots/${'9'.repeat(20)}`]) {
    assert.equal(parseRoute(path).page, 'missing', path);
  }
});

test('what a search finds has a page', () => {
  for (const [kind, key, page] of [['transaction', `0x${'1'.repeat(64)}`, 'transaction'], ['block', '7', 'block'], ['slot', '7', 'slot'], ['chunk', '7/2', 'chunk'], ['checkpoint', '7', 'checkpoint'], ['validator', `0x${'1'.repeat(40)}`, 'address']] as const) {
    assert.equal(parseRoute(pathOf(kind, key)).page, page);
  }
});
