import assert from 'node:assert/strict';
import { mock, test, type TestContext } from 'node:test';
import { EventStream, silentAfterMs, type Source, type StreamState } from '../../src/api/stream.js';
import type { StreamEvent } from '../../src/api/types.js';

class FakeSource implements Source {
  onopen: ((event: Event) => unknown) | null = null;
  onerror: ((event: Event) => unknown) | null = null;
  closed = false;
  readonly #listeners = new Map<string, (event: MessageEvent<string>) => void>();

  constructor(readonly url: string) {}

  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void {
    this.#listeners.set(type, listener);
  }

  close(): void {
    this.closed = true;
  }

  send(type: string, lastEventId: string, data: unknown): void {
    this.#listeners.get(type)?.({ data: JSON.stringify(data), lastEventId } as MessageEvent<string>);
  }
}

function streamOf(context: TestContext, after: string | null = 'a-5') {
  context.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
  context.after(() => mock.timers.reset());
  const sources: FakeSource[] = [];
  const states: StreamState[] = [];
  const events: StreamEvent[] = [];
  const stream = new EventStream(after, {
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
    open: (url) => {
      const source = new FakeSource(url);
      sources.push(source);
      return source;
    },
  });
  stream.start();
  return { stream, sources, states, events, tick: (ms: number) => context.mock.timers.tick(ms) };
}

const heartbeat = { now: '2026-01-01T00:00:00.000Z', lastEventId: 'a-9', position: '1.0', slot: 1, transactionsPerSecond: 0, pool: { pending: 0, queued: 0 } };

test('it resumes after the last event that it saw', (context) => {
  const { sources, tick } = streamOf(context);
  assert.match(sources[0]!.url, /after=a-5/);
  sources[0]!.onopen?.({} as Event);
  sources[0]!.send('slot', 'a-8', {});
  sources[0]!.send('heartbeat', 'a-8', heartbeat);
  sources[0]!.onerror?.({} as Event);
  assert.ok(sources[0]!.closed);
  tick(600);
  assert.match(sources[1]!.url, /after=a-8/);
});

test('silence is told, then the stream is opened again', (context) => {
  const { sources, states, tick } = streamOf(context);
  sources[0]!.onopen?.({} as Event);
  tick(silentAfterMs);
  assert.deepEqual(states, ['live', 'silent']);
  tick(silentAfterMs);
  assert.equal(states.at(-1), 'lost');
  tick(1000);
  assert.equal(sources.length, 2);
});

test('a heartbeat ends the silence', (context) => {
  const { sources, states, tick } = streamOf(context);
  sources[0]!.onopen?.({} as Event);
  tick(silentAfterMs + 1000);
  sources[0]!.send('heartbeat', '', heartbeat);
  assert.deepEqual(states, ['live', 'silent', 'live']);
});

test('attempts come ever more slowly, up to a limit', (context) => {
  const { sources, tick } = streamOf(context);
  for (const wait of [500, 1000, 2000, 4000, 8000, 15_000, 15_000]) {
    const before = sources.length;
    sources.at(-1)!.onerror?.({} as Event);
    tick(wait - 1);
    assert.equal(sources.length, before, `no attempt before ${wait} ms`);
    tick(1);
    assert.equal(sources.length, before + 1);
  }
});

test('it waits as long as a closing server asks', (context) => {
  const { sources, tick } = streamOf(context);
  sources[0]!.onopen?.({} as Event);
  sources[0]!.send('closing', '', { reason: 'shutdown', lastEventId: 'a-9', retryAfterMs: 3000 });
  tick(2999);
  assert.equal(sources.length, 1);
  tick(1);
  assert.equal(sources.length, 2);
});

test('what a closed source still says is not heard', (context) => {
  const { sources, events } = streamOf(context);
  sources[0]!.onerror?.({} as Event);
  sources[0]!.send('slot', 'a-9', {});
  assert.equal(events.length, 0);
});

test('a reset is handed on with the id to go on from', (context) => {
  const { stream, sources, events } = streamOf(context);
  sources[0]!.send('reset', 'b-3', { reason: 'other-log', oldest: 'b-1', newest: 'b-3' });
  assert.equal(events[0]?.event, 'reset');
  assert.equal(stream.last, 'b-3');
});
