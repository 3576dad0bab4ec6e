/** Where the reader is. */
export type Route =
  | { page: 'overview' }
  | { page: 'slots' }
  | { page: 'slot'; slot: number }
  | { page: 'chunk'; slot: number; chunk: number }
  | { page: 'block'; block: string }
  | { page: 'transaction'; hash: string }
  | { page: 'checkpoints' }
  | { page: 'checkpoint'; checkpoint: string }
  | { page: 'committee' }
  | { page: 'address'; address: string }
  | { page: 'incidents' }
  | { page: 'publishers' }
  | { page: 'health' }
  | { page: 'search'; query: string }
  | { page: 'missing'; path: string };

const number = /^\d{1,15}$/;
const hash = /^0x[0-9a-f]{64}$/;
const address = /^0x[0-9a-f]{40}$/;

/** Reads a path. Hex may be written in any case. */
export function parseRoute(path: string, query = ''): Route {
  const parts = decode(path).toLowerCase().split('/').filter((part) => part !== '');
  const [first, second, third, fourth] = parts;
  const rest = parts.length;
  if (rest === 0) {
    return { page: 'overview' };
  }
  if (rest === 1) {
    switch (first) {
      case 'slots':
      case 'checkpoints':
      case 'committee':
      case 'incidents':
      case 'publishers':
      case 'health':
        return { page: first };
      case 'search':
        return { page: 'search', query: new URLSearchParams(query).get('q')?.trim() ?? '' };
    }
  }
  if (rest === 2 && second !== undefined) {
    if (first === 'slots' && number.test(second)) {
      return { page: 'slot', slot: Number(second) };
    }
    if (first === 'blocks' && (number.test(second) || hash.test(second) || ['pending', 'latest', 'safe', 'finalized'].includes(second))) {
      return { page: 'block', block: second };
    }
    if (first === 'tx' && hash.test(second)) {
      return { page: 'transaction', hash: second };
    }
    if (first === 'checkpoints' && (number.test(second) || hash.test(second))) {
      return { page: 'checkpoint', checkpoint: second };
    }
    if (first === 'address' && address.test(second)) {
      return { page: 'address', address: second };
    }
  }
  if (rest === 4 && first === 'slots' && third === 'chunks' && second !== undefined && fourth !== undefined && number.test(second) && number.test(fourth)) {
    return { page: 'chunk', slot: Number(second), chunk: Number(fourth) };
  }
  return { page: 'missing', path };
}

/** The path of what a search found. */
export function pathOf(kind: string, key: string): string {
  switch (kind) {
    case 'transaction':
      return `/tx/${key}`;
    case 'block':
      return `/blocks/${key}`;
    case 'slot':
      return `/slots/${key}`;
    case 'chunk':
      return `/slots/${key.replace('/', '/chunks/')}`;
    case 'checkpoint':
      return `/checkpoints/${key}`;
    default:
      return `/address/${key}`;
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
