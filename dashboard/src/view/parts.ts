import { html, nothing, type TemplateResult } from 'lit-html';
import type { BreakReason, CheckpointState, SlotResult } from '../api/types.js';
import { count, short, words } from '../format.js';
import { css } from './directives.js';

export type View = TemplateResult | typeof nothing | string;

/** A long hash or address: its ends as text, all of it for copying and for screen readers. */
export function hex(value: string | null | undefined, options: { full?: boolean } = {}): View {
  if (value === null || value === undefined) {
    return html`<span class="quiet">–</span>`;
  }
  return html`<span class="hex"><code title=${value}>${options.full === true ? value : short(value)}</code><button class="copy" type="button" data-copy=${value} aria-label=${`Copy ${short(value)}`}></button></span>`;
}

export function txLink(hash: string, full = false): View {
  return html`<a class="mono" href=${`/tx/${hash}`} title=${hash}>${full ? hash : short(hash)}</a>`;
}

export function slotLink(slot: number, text?: string): View {
  return html`<a class="num" href=${`/slots/${slot}`}>${text ?? count(slot)}</a>`;
}

export function chunkLink(slot: number, chunk: number, text?: string): View {
  return html`<a class="num" href=${`/slots/${slot}/chunks/${chunk}`}>${text ?? `${slot}/${chunk}`}</a>`;
}

export function blockLink(number: number): View {
  return html`<a class="num" href=${`/blocks/${number}`}>${count(number)}</a>`;
}

export function checkpointLink(checkpoint: { number: number | null; hash: string } | null): View {
  if (checkpoint === null) {
    return html`<span class="quiet">–</span>`;
  }
  return html`<a class="num" href=${`/checkpoints/${checkpoint.number ?? checkpoint.hash}`}>${checkpoint.number === null ? short(checkpoint.hash) : `#${count(checkpoint.number)}`}</a>`;
}

export function addressLink(address: string | null | undefined): View {
  if (address === null || address === undefined) {
    return html`<span class="quiet">–</span>`;
  }
  return html`<a class="mono" href=${`/address/${address}`} title=${address}>${short(address)}</a>`;
}

/** A hash on L1, linked where the gateway knows an explorer. */
export function l1Hash(value: string | null | undefined, template: string | null | undefined): View {
  return value != null && template != null
    ? html`<a class="mono" href=${template.replace('{hash}', value).replace('{address}', value)} title=${value} rel="noopener">${short(value)}</a>`
    : hex(value);
}

/** A rung or state as a word with its colour. */
export function badge(state: string, label?: string): View {
  return html`<span class=${`badge state-${state}`}>${label ?? words(state)}</span>`;
}

const results: Record<SlotResult, { word: string; tone: string }> = {
  'checkpoint-mined': { word: 'On L1', tone: 'good' },
  'checkpoint-valid': { word: 'Valid here', tone: 'fair' },
  'checkpoint-invalid': { word: 'Invalid', tone: 'bad' },
  'checkpoint-unvalidated': { word: 'Not checked', tone: 'warn' },
  'checkpoint-missed': { word: 'Checkpoint missed', tone: 'bad' },
  'chunks-missed': { word: 'No chunks', tone: 'bad' },
};

export function resultOf(result: SlotResult | null, phase: string): View {
  if (result === null) {
    return html`<span class="tone-quiet">${words(phase)}</span>`;
  }
  const { word, tone } = results[result] ?? { word: words(result), tone: 'quiet' };
  return html`<span class=${`tone-${tone}`}>${word}</span>`;
}

const checkpointTone: Record<CheckpointState, string> = {
  proposed: 'proposed', attested: 'attested', publishing: 'attested', mined: 'checkpointed', landed: 'checkpointed', proven: 'proven', finalized: 'finalized',
  expired: 'broken', invalidated: 'broken', skipped: 'broken',
};

export function checkpointBadge(state: CheckpointState): View {
  return badge(checkpointTone[state] ?? 'pending', words(state));
}

/** A horizontal bar that shows a share of one. */
export function bar(part: number, label: string, tone = 'fill'): View {
  return html`<span class=${`bar bar-${tone}`} role="img" aria-label=${label}><span ${css({ width: `${Math.max(0, Math.min(1, part)) * 100}%` })}></span></span>`;
}

export function reasonText(reason: BreakReason): View {
  return html`<strong>${words(reason.code)}.</strong> ${reason.message}`;
}

/** A definition list of facts; facts without a value are left out. */
export function facts(...entries: (readonly [string, View | string | number | null | undefined] | null)[]): View {
  return html`<dl class="facts">${entries.map((entry) => (entry === null || entry[1] === null || entry[1] === undefined || entry[1] === nothing ? nothing : html`<div><dt>${entry[0]}</dt><dd>${entry[1]}</dd></div>`))}</dl>`;
}

export function panel(title: string, body: View, options: { aside?: View; id?: string; className?: string } = {}): View {
  const id = options.id ?? title.toLowerCase().replaceAll(/[^a-z]+/g, '-');
  return html`<section class=${`panel ${options.className ?? ''}`} aria-labelledby=${`h-${id}`}>
    <header><h2 id=${`h-${id}`}>${title}</h2>${options.aside ?? nothing}</header>${body}</section>`;
}

/** A table that may be wider than a phone: it scrolls in a box that the keyboard can reach. */
export function table(label: string, head: readonly (string | { text: string; className: string })[], rows: readonly View[], empty = 'Nothing yet.'): View {
  if (rows.length === 0) {
    return html`<p class="empty">${empty}</p>`;
  }
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${label}><table>
    <thead><tr>${head.map((cell) => (typeof cell === 'string' ? html`<th scope="col">${cell}</th>` : html`<th scope="col" class=${cell.className}>${cell.text}</th>`))}</tr></thead>
    <tbody>${rows}</tbody></table></div>`;
}

export const right = (text: string) => ({ text, className: 'right' });
