import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import type { AddressInfo } from 'node:net';
import { Scenario } from './scenario.js';
import type { StreamEvent } from '../../src/api/types.js';

/** Answers the status API for a scenario. Returns false for paths that are not its own. */
export class ScenarioApi {
  scenario: Scenario;
  readonly #streams = new Set<ServerResponse>();

  constructor(scenario: Scenario) {
    this.scenario = scenario;
  }

  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname.startsWith('/__scenario/')) {
      this.#control(url, response);
      return true;
    }
    if (!url.pathname.startsWith('/api/v1/')) {
      return false;
    }
    const parts = url.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent);
    if (parts[0] === 'events') {
      this.#stream(url, request, response);
      return true;
    }
    const result = this.#resource(parts, url.searchParams);
    response.setHeader('preconf-position', this.scenario.position);
    if (result === undefined) {
      send(response, 404, { type: '/problems/not-found', title: 'Not found', status: 404, detail: `Nothing is known of ${parts.join(' ')}.` }, 'application/problem+json');
    } else {
      if (parts[2] === 'proof') {
        response.setHeader('content-disposition', `attachment; filename="proof-${parts[1]?.slice(2, 10)}.json"`);
      }
      send(response, 200, result);
    }
    return true;
  }

  /** Ends all event streams, as a restart of the gateway does. */
  cut(): void {
    for (const stream of this.#streams) {
      stream.destroy();
    }
    this.#streams.clear();
  }

  #resource(parts: string[], query: URLSearchParams): unknown {
    const { scenario } = this;
    const [first, second = '', third, fourth] = parts;
    const page = <T>(all: T[]) => {
      const limit = Number(query.get('limit') ?? 50);
      const from = Number(query.get('before') ?? 0);
      return { items: all.slice(from, from + limit), next: from + limit < all.length ? String(from + limit) : null };
    };
    switch (first) {
      case 'overview': return scenario.overview();
      case 'network': return scenario.network();
      case 'tips': return scenario.tips();
      case 'health': return scenario.health();
      case 'publishers': return scenario.publishers();
      case 'committee': return scenario.committee(Number(query.get('slots') ?? 64));
      case 'reorgs': return page(scenario.reorgs);
      case 'broken-promises': return page(scenario.broken);
      case 'evidence': return page(scenario.evidence);
      case 'search': return { query: query.get('q') ?? '', matches: scenario.search(query.get('q') ?? '') };
      case 'validators': return scenario.validator(second);
      case 'addresses': return scenario.addressInfo(second);
      case 'blocks': return scenario.block(second);
      case 'checkpoints': return second === '' ? page(scenario.checkpointList()) : scenario.checkpoint(second);
      case 'slots':
        if (second === '') {
          return page([...scenario.slots.values()].sort((left, right) => right.slot - left.slot).map(({ deadlines: _d, items: _i, checkpointDetail: _c, ...summary }) => summary));
        }
        return third === 'chunks' ? scenario.chunkDetail(Number(second), Number(fourth)) : scenario.slots.get(Number(second));
      case 'transactions': {
        const transaction = scenario.transaction(second);
        if (third !== 'proof' || transaction === undefined) {
          return transaction;
        }
        const wanted = query.get('rung') ?? transaction.rungs.at(-1)?.rung;
        const upTo = transaction.rungs.findIndex((rung) => rung.rung === wanted);
        return { format: 'preconf-proof/1', chainId: 851_000, rollup: scenario.network().rollup, transaction: second, rungs: transaction.rungs.slice(1, upTo + 1).map((rung) => ({ status: rung.rung, at: rung.at })) };
      }
      default: return undefined;
    }
  }

  #stream(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const { scenario } = this;
    const types = url.searchParams.get('types')?.split(',') ?? null;
    const hashes = url.searchParams.get('transaction')?.split(',') ?? null;
    const after = request.headers['last-event-id']?.toString() ?? url.searchParams.get('after');
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    this.#streams.add(response);
    const wanted = (event: StreamEvent) => {
      if (event.event === 'transaction') {
        return hashes !== null && hashes.includes(event.data.hash);
      }
      return types === null || types.includes(event.event) || ['heartbeat', 'reset', 'closing'].includes(event.event);
    };
    const write = (event: StreamEvent) => {
      if (wanted(event)) {
        response.write(`${event.id === null ? '' : `id: ${event.id}\n`}event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`);
      }
    };
    if (after !== null) {
      const [log, sequence] = [after.split('-')[0], Number(after.split('-')[1])];
      const oldest = scenario.log[0]?.sequence ?? 0;
      const isOther = log !== scenario.lastEventId.split('-')[0];
      if (isOther || sequence < oldest - 1) {
        write({ id: scenario.lastEventId, event: 'reset', data: { reason: isOther ? 'other-log' : 'too-old', oldest: scenario.log[0]?.event.id ?? null, newest: scenario.lastEventId } });
      } else {
        for (const recorded of scenario.since(sequence)) {
          write(recorded.event);
        }
      }
    }
    const listener = (_: unknown, event: StreamEvent) => write(event);
    scenario.listeners.add(listener);
    response.write(': open\n\n');
    request.on('close', () => {
      scenario.listeners.delete(listener);
      this.#streams.delete(response);
    });
  }

  #control(url: URL, response: ServerResponse): void {
    const { scenario } = this;
    switch (url.pathname.slice('/__scenario/'.length)) {
      case 'advance':
        scenario.advance(Number(url.searchParams.get('ms')));
        return send(response, 200, { now: scenario.now });
      case 'submit':
        return send(response, 200, { hash: scenario.submit(url.searchParams.get('label') ?? 'demo') });
      default:
        return send(response, 404, {});
    }
  }
}

/** Serves the built dashboard beside a scenario on a free loopback port, as the gateway does. */
export async function serve(api: ScenarioApi, folder: string): Promise<{ url: string; server: Server }> {
  const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
  const server = createServer((request, response) => {
    if (api.handle(request, response)) {
      return;
    }
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)).replace(/^(\.\.[/\\])+/, '');
    const file = extname(path) === '' ? 'index.html' : path;
    response.setHeader('content-security-policy', "default-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'");
    readFile(join(folder, file)).then(
      (content) => response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

function send(response: ServerResponse, status: number, body: unknown, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
}
