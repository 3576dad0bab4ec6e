const grouped = new Intl.NumberFormat('en-GB');
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZone: 'UTC' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** What stands where there is no value. */
export const none = '–';

/** An integer with groups of three digits. */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? none : grouped.format(value);
}

/** Three figures or so, with a unit prefix from a thousand on. */
export function compact(value: number | null | undefined): string {
  if (value === null || value === undefined) {
    return none;
  }
  const size = Math.abs(value);
  for (const [limit, suffix] of [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']] as const) {
    if (size >= limit) {
      return `${trimmed(value / limit)}${suffix}`;
    }
  }
  return trimmed(value);
}

function trimmed(value: number): string {
  const size = Math.abs(value);
  return String(Number(value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)));
}

/** A length of time from milliseconds, in the largest unit that fits. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) {
    return none;
  }
  const size = Math.abs(ms);
  if (size < 1000) {
    return `${Math.round(ms)}\u00a0ms`;
  }
  if (size < 60_000) {
    return `${trimmed(ms / 1000)}\u00a0s`;
  }
  if (size < 3_600_000) {
    const seconds = Math.round((size % 60_000) / 1000);
    return `${ms < 0 ? '-' : ''}${Math.floor(size / 60_000)}\u00a0min${seconds === 0 ? '' : `\u00a0${seconds}\u00a0s`}`;
  }
  return size < 48 * 3_600_000 ? `${trimmed(ms / 3_600_000)}\u00a0h` : `${trimmed(ms / 86_400_000)}\u00a0days`;
}

/** How long ago, without false precision. */
export function ago(ms: number): string {
  return ms < 1000 ? 'just now' : `${duration(ms < 60_000 ? Math.floor(ms / 1000) * 1000 : ms)} ago`;
}

/** The time of day in UTC with tenths of a second where asked. */
export function time(instant: string | null | undefined, milliseconds = false): string {
  if (instant === null || instant === undefined) {
    return none;
  }
  const date = new Date(instant);
  return milliseconds ? `${clock.format(date)}.${String(date.getUTCMilliseconds()).padStart(3, '0')}` : clock.format(date);
}

/** Day and time in UTC. */
export function dayTime(instant: string | null | undefined): string {
  return instant === null || instant === undefined ? none : `${day.format(new Date(instant))} ${time(instant)}`;
}

/** The two ends of a long hash or address. */
export function short(hex: string | null | undefined, head = 6, tail = 4): string {
  return hex === null || hex === undefined ? none : hex.length <= head + tail + 3 ? hex : `${hex.slice(0, head + 2)}…${tail === 0 ? '' : hex.slice(-tail)}`;
}

/** Wei as ETH or gwei with at most four figures. */
export function ether(wei: string | null | undefined): string {
  if (wei === null || wei === undefined) {
    return none;
  }
  const amount = Number(wei);
  if (amount === 0) {
    return '0 ETH';
  }
  if (amount >= 1e14) {
    return `${figures(amount / 1e18)}\u00a0ETH`;
  }
  return amount >= 1e6 ? `${figures(amount / 1e9)}\u00a0gwei` : `${grouped.format(amount)}\u00a0wei`;
}

function figures(value: number): string {
  return value >= 1000 ? grouped.format(Math.round(value)) : String(Number(value.toPrecision(4)));
}

/** A part of one as a percentage. */
export function percent(part: number | null | undefined, digits = 1): string {
  if (part === null || part === undefined || Number.isNaN(part)) {
    return none;
  }
  const shown = (part * 100).toFixed(digits);
  // A share that is not whole never looks whole: 99.996 % is not 100 %.
  return part < 1 && Number(shown) === 100 ? `${(100 - 10 ** -digits).toFixed(digits)}\u00a0%` : `${shown.replace(/\.0+$/, '')}\u00a0%`;
}

/** Bytes with a binary unit. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) {
    return none;
  }
  return value < 1024 ? `${value} B` : value < 1024 ** 2 ? `${trimmed(value / 1024)} KiB` : value < 1024 ** 3 ? `${trimmed(value / 1024 ** 2)} MiB` : `${trimmed(value / 1024 ** 3)} GiB`;
}

/** A machine word such as fell-back as words. */
export function words(code: string): string {
  const text = code.replaceAll('-', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "1 chunk", "2 chunks". */
export function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}
