import { html, nothing, svg } from 'lit-html';
import type { Checkpoint, Chunk, Deadlines, Slot } from '../api/types.js';
import { count, duration, plural, time, words } from '../format.js';
import type { View } from './parts.js';

export interface TimelineOptions {
  slots: readonly Slot[];
  from: number;
  to: number;
  width: number;
  now: number;
  chunkMs: number;
  /** Whether time moves through the picture. */
  live: boolean;
}

const band = { label: 20, build: 44, gap: 5, attest: 9, l1: 13, foot: 18, below: 14 } as const;
const bandHeight = band.label + band.build + band.gap + band.attest + band.gap + band.l1 + band.foot + band.below;
const axisHeight = 20;

/** Slots over time: what was built, attested and posted, and by when it had to be. The table beside it says the same in words. */
export function timeline(options: TimelineOptions): View {
  const { slots, from, to, width } = options;
  const x = (at: number) => ((at - from) / (to - from)) * width;
  const height = axisHeight + slots.length * bandHeight;
  const words = slots.map((slot) => `Slot ${slot.slot}, ${slot.phase}: ${plural(slot.items.length, 'chunk')}, ${slot.certified} certified, ${plural(slot.transactions, 'transaction')}.`).join(' ');
  return html`<div class="timeline-box"><svg class="timeline" width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`} role="img" aria-label=${words} data-from=${from} data-to=${to} data-live=${String(options.live)}>
    ${axis(options, x, height)}
    ${slots.map((slot, index) => slotBand(slot, axisHeight + index * bandHeight, options, x))}
    ${options.live || (options.now >= from && options.now <= to) ? svg`<line class="now" x1="0" x2="0" y1=${axisHeight - 6} y2=${height} transform=${`translate(${x(options.now)},0)`}></line>` : nothing}
  </svg></div>`;
}

function axis({ from, to, width, chunkMs }: TimelineOptions, x: (at: number) => number, height: number): unknown {
  const perTick = (to - from) / (width / 92);
  const step = [1000, 2000, 4000, 6000, 10_000, 12_000, 30_000, 60_000].find((candidate) => candidate >= perTick && (candidate % chunkMs === 0 || chunkMs % candidate === 0)) ?? 60_000;
  const ticks = [];
  for (let at = Math.ceil(from / step) * step; at < to; at += step) {
    ticks.push(svg`<line class="grid" x1=${x(at)} x2=${x(at)} y1=${axisHeight - 4} y2=${height}></line>${x(at) < width - 50 ? svg`<text class="tick" x=${x(at) + 4} y=${axisHeight - 8}>${time(new Date(at).toISOString())}</text>` : nothing}`);
  }
  return ticks;
}

function slotBand(slot: Slot, top: number, options: TimelineOptions, x: (at: number) => number): unknown {
  const build = top + band.label;
  const attest = build + band.build + band.gap;
  const l1 = attest + band.attest + band.gap;
  const frame = { start: Date.parse(slot.frameStart), end: Date.parse(slot.frameEnd) };
  const labelX = Math.max(0, x(frame.start)) + 1;
  return svg`
    <rect class="frame" x=${x(frame.start)} width=${Math.max(0, x(frame.end) - x(frame.start))} y=${build} height=${band.build} rx="3"></rect>
    <a href=${`/slots/${slot.slot}`}><text class="band-label" x=${labelX} y=${top + 13}>Slot ${count(slot.slot)} <tspan class="band-phase" dx="4">${bandWord(slot)}</tspan></text></a>
    ${slot.items.map((chunk) => chunkMark(chunk, frame.start, build, attest, options, x))}
    ${slot.checkpointDetail === null ? nothing : checkpointMark(slot.checkpointDetail, slot.deadlines, l1, options, x)}
    ${deadlineMarks(slot.deadlines, build, l1 + band.l1, options, x)}`;
}

function bandWord(slot: Slot): string {
  if (slot.reorged) {
    return 'lost';
  }
  const load = slot.transactions === 0 ? '' : `, ${plural(slot.transactions, 'transaction')}`;
  return `${words(slot.phase).toLowerCase()}${load}`;
}

function chunkMark(chunk: Chunk, frameStart: number, top: number, attestTop: number, { chunkMs, width }: TimelineOptions, x: (at: number) => number): unknown {
  const planned = frameStart + chunk.index * chunkMs;
  const opened = Date.parse(chunk.openedAt);
  const start = Math.min(opened, Math.max(planned, opened - chunkMs / 2));
  const newest = chunk.flashblocks.at(-1);
  const end = chunk.sealedAt !== null ? Date.parse(chunk.sealedAt) : newest !== undefined ? Date.parse(newest.emittedAt) : opened;
  const [left, right] = [x(start), Math.max(x(start) + 2, x(end))];
  if (right < 0 || left > width) {
    return nothing;
  }
  const most = Math.max(8, ...chunk.flashblocks.map((flashblock) => flashblock.transactions));
  let previous = start;
  const bars = chunk.flashblocks.map((flashblock) => {
    const at = Date.parse(flashblock.emittedAt);
    const size = Math.max(2, (flashblock.transactions / most) * (band.build - 18));
    const mark = svg`<rect class="flash" x=${x(previous) + 0.6} width=${Math.max(0.8, x(at) - x(previous) - 1.2)} y=${top + band.build - 2 - size} height=${size}></rect>`;
    previous = at;
    return mark;
  });
  const certified = chunk.certifiedAt === null || chunk.sealedAt === null ? null : { from: x(Date.parse(chunk.sealedAt)), to: x(Date.parse(chunk.certifiedAt)) };
  const label = `Chunk ${chunk.slot}/${chunk.index}, ${words(chunk.state)}: ${plural(chunk.transactions, 'transaction')} in ${plural(chunk.flashblocks.length, 'flashblock')}`;
  return svg`<a href=${`/slots/${chunk.slot}/chunks/${chunk.index}`} aria-label=${label} class=${`chunk state-${chunk.state}`}>
      <rect class="chunk-box" x=${left + 0.5} width=${Math.max(1, right - left - 1)} y=${top + 0.5} height=${band.build - 1} rx="2"></rect>
      ${bars}
      ${right - left > 26 ? svg`<text class="chunk-label" x=${left + 5} y=${top + 12}>${right - left > 64 ? `${chunk.index} · ${count(chunk.transactions)} tx` : String(chunk.index)}</text>` : nothing}
    </a>
    ${certified === null ? nothing : svg`<rect class="attest" x=${certified.from} width=${Math.max(2, certified.to - certified.from)} y=${attestTop} height=${band.attest} rx="1"><title>Certificate of ${chunk.slot}/${chunk.index} with ${chunk.attestations} signatures after ${duration(Date.parse(chunk.certifiedAt!) - Date.parse(chunk.sealedAt!))}</title></rect>`}`;
}

function checkpointMark(checkpoint: Checkpoint, deadlines: Deadlines, top: number, { now, width }: TimelineOptions, x: (at: number) => number): unknown {
  if (checkpoint.proposedAt === null) {
    return nothing;
  }
  const proposed = x(Date.parse(checkpoint.proposedAt));
  const attested = checkpoint.attestedAt === null ? null : x(Date.parse(checkpoint.attestedAt));
  const failed = ['expired', 'invalidated', 'skipped'].includes(checkpoint.state);
  const end = checkpoint.landedAt !== null ? x(Date.parse(checkpoint.landedAt)) : x(Math.min(now, Date.parse(deadlines.publishBy)));
  const text = failed ? words(checkpoint.state) : checkpoint.landedAt !== null ? `on L1${checkpoint.attempts.length > 1 ? `, ${checkpoint.attempts.length} attempts` : ''}` : checkpoint.attempts.length > 0 ? `posting, attempt ${checkpoint.attempts.length}` : attested === null ? 'attesting' : 'attested';
  const isFar = end > width - 110;
  const textX = isFar ? Math.min(proposed, width) - 6 : Math.max(end, 0) + 10;
  return svg`<g class=${`checkpoint ${failed ? 'failed' : checkpoint.landedAt === null ? 'waiting' : 'landed'}`}>
    <rect class="cp-attest" x=${proposed} width=${Math.max(2, (attested ?? end) - proposed)} y=${top + 2} height=${band.l1 - 4} rx="1"></rect>
    ${attested === null ? nothing : svg`<rect class="cp-post" x=${attested} width=${Math.max(1, end - attested)} y=${top + 4} height=${band.l1 - 8}></rect>`}
    ${checkpoint.landedAt === null && !failed ? nothing : svg`<path class="cp-end" d=${failed ? `M${end - 4} ${top + 2}l9 9m0 -9l-9 9` : `M${end} ${top}l6 6.5l-6 6.5l-6 -6.5z`}></path>`}
    <text class="cp-label" text-anchor=${isFar ? 'end' : 'start'} x=${textX} y=${top + band.l1 - 3}>${text}</text></g>`;
}

function deadlineMarks(deadlines: Deadlines, top: number, bottom: number, { width, from, to }: TimelineOptions, x: (at: number) => number): unknown {
  const marks: { at: number; text: string }[] = [];
  for (const [at, text] of [[deadlines.attest, 'attest by'], [deadlines.publishBy, 'post by'], [deadlines.receive, 'receive by'], [deadlines.lastChunk, 'last chunk'], [deadlines.start, 'start by']] as const) {
    const instant = Date.parse(at);
    const same = marks.find((mark) => Math.abs(mark.at - instant) < 50);
    if (same !== undefined) {
      same.text = same.text === 'attest by' ? 'attest, post by' : same.text;
    } else if (instant >= from && instant <= to) {
      marks.push({ at: instant, text });
    }
  }
  const taken: [number, number][] = [];
  return marks.map(({ at, text }) => {
    const wide = text.length * 5.6 + 8;
    const left = Math.min(x(at) + 3, width - wide);
    const fits = taken.every(([from2, to2]) => left + wide < from2 || left > to2);
    if (fits) {
      taken.push([left, left + wide]);
    }
    return svg`<g class="deadline"><line x1=${x(at)} x2=${x(at)} y1=${top - 3} y2=${bottom + 6}></line>${fits ? svg`<text x=${left} y=${bottom + 14}>${text}</text>` : nothing}</g>`;
  });
}

/** What the picture means. */
export function timelineKey(): View {
  return html`<ul class="key" aria-label="Key">
    <li><i class="k-flash"></i>flashblocks, height by transactions</li><li><i class="k-attest"></i>seal to certificate</li><li><i class="k-post"></i>checkpoint attested, posted</li><li><i class="k-diamond"></i>landed on L1</li><li><i class="k-deadline"></i>deadline</li></ul>`;
}
