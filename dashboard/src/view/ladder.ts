import { html, nothing } from 'lit-html';
import { rungs, type Network, type Rung, type RungInfo, type Transaction } from '../api/types.js';
import { count, duration, percent, time } from '../format.js';
import { css } from './directives.js';
import { addressLink, blockLink, chunkLink, hex, l1Hash, slotLink, type View } from './parts.js';

/** What each rung promises, and what could still take it back. */
const meaning: Record<Rung, { holds: string; risk: string }> = {
  pending: { holds: 'In the pool.', risk: 'Nothing is promised yet.' },
  preconfirmed: { holds: 'In a flashblock that its producer signed.', risk: 'Holds unless the producer contradicts its own signature or fails before it seals the chunk.' },
  proposed: { holds: 'In a sealed chunk that was re-executed here.', risk: 'Holds unless the committee does not attest the chunk.' },
  attested: { holds: 'A quorum of the committee re-executed the chunk and signed.', risk: 'Holds unless the slot is not posted in time.' },
  checkpointed: { holds: 'In a checkpoint on L1 with its data in blobs.', risk: 'Holds unless L1 reorganises or the checkpoint is shown to be bad.' },
  proven: { holds: 'Covered by a proof on L1.', risk: 'Holds unless L1 reorganises.' },
  finalized: { holds: 'Its proof is in a final L1 block.', risk: 'Nothing takes it back.' },
};

/** A transaction's way up, rung by rung, from the weakest promise to the strongest. */
export function ladder(transaction: Transaction, network: Network, now: number): View {
  const reached = new Map(transaction.rungs.map((rung) => [rung.rung, rung]));
  const highest = Math.max(...transaction.rungs.map((rung) => rungs.indexOf(rung.rung)), 0);
  const slowest = Math.max(1, ...transaction.rungs.map((rung) => rung.sincePreviousMs ?? 0));
  const start = transaction.rungs[0]?.at;
  return html`<ol class="ladder">${rungs.map((rung, index) => {
    const info = reached.get(rung);
    if (info === undefined) {
      const isNext = index === highest + 1 && transaction.dropped === null;
      return html`<li class=${`rung ahead ${isNext ? 'next' : ''}`}><span class="rung-mark" aria-hidden="true"></span>
        <div class="rung-body"><h3>${label(rung)}</h3><p class="rung-risk">${index < highest ? 'Passed over.' : isNext ? html`<span class="waiting">Waiting for ${duration(Math.max(0, now - Date.parse(transaction.since)))}</span>` : 'Not yet.'}</p></div></li>`;
    }
    return html`<li class=${`rung state-${rung} ${index === highest ? 'current' : ''}`} aria-current=${index === highest ? 'step' : nothing}><span class="rung-mark" aria-hidden="true"></span>
      <div class="rung-body"><h3>${label(rung)}</h3>
        <p class="rung-when"><time datetime=${info.at}>${time(info.at, true)}</time>${info.sincePreviousMs === null ? nothing : html` <span class="rung-delta">+${duration(info.sincePreviousMs)}</span>`}${start === undefined || index === 0 ? nothing : html` <span class="quiet">${duration(Date.parse(info.at) - Date.parse(start))} in all</span>`}</p>
        ${info.sincePreviousMs === null ? nothing : html`<span class="rung-bar" aria-hidden="true"><span ${css({ width: `${scale(info.sincePreviousMs, slowest) * 100}%` })}></span></span>`}
        <p class="rung-risk">${meaning[rung].holds} ${index === highest ? html`<strong>${meaning[rung].risk}</strong>` : nothing}</p>
        ${detail(info, network)}
      </div>
      ${proof(info)}</li>`;
  })}</ol>`;
}

function label(rung: Rung): string {
  return rung.charAt(0).toUpperCase() + rung.slice(1);
}

/** Steps differ by a factor of a thousand, so their bars grow with the logarithm. */
function scale(ms: number, slowest: number): number {
  return Math.log10(1 + ms) / Math.log10(1 + slowest);
}

function detail({ detail: d, rung }: RungInfo, network: Network): View {
  const entries: [string, View][] = [];
  if (rung === 'preconfirmed' && d.slot !== undefined && d.chunk !== undefined) {
    entries.push(['Flashblock', html`${chunkLink(d.slot, d.chunk)} · ${d.flashblock ?? '–'}`], ['Signed hash', hex(d.payloadHash)], ['Producer', addressLink(d.producer)]);
  }
  if ((rung === 'proposed' || rung === 'attested') && d.slot !== undefined && d.chunk !== undefined) {
    entries.push(['Chunk', chunkLink(d.slot, d.chunk)]);
    if (d.block !== undefined) {
      entries.push(['Block', blockLink(d.block.number)]);
    }
  }
  if (rung === 'proposed') {
    entries.push(['Chunk hash', hex(d.chunkHash)]);
  }
  if (rung === 'attested' && d.attestations !== undefined) {
    entries.push(['Signatures', html`<span class="num">${d.attestations}</span> of ${network.committeeSize}${d.quorum === undefined ? nothing : html`, quorum ${d.quorum}`} <span class="quiet">(${percent(d.attestations / network.committeeSize, 0)})</span>`]);
  }
  if (rung === 'checkpointed' || rung === 'proven' || rung === 'finalized') {
    if (d.checkpoint !== undefined) {
      entries.push(['Checkpoint', html`<a class="num" href=${`/checkpoints/${d.checkpoint}`}>#${count(d.checkpoint)}</a>`]);
    }
    if (d.slot !== undefined) {
      entries.push(['Slot', slotLink(d.slot)]);
    }
    if (d.l1Transaction !== undefined) {
      entries.push(['L1 transaction', l1Hash(d.l1Transaction, network.links.l1Transaction)]);
    }
    if (d.l1Block !== undefined) {
      entries.push(['L1 block', html`<span class="num">${count(d.l1Block.number)}</span>${d.depth === undefined ? nothing : html` <span class="quiet">depth ${count(d.depth)}</span>`}`]);
    }
    if (d.blobs !== undefined && d.blobs.length > 0) {
      entries.push([d.blobs.length === 1 ? 'Blob' : 'Blobs', html`${d.blobs.map((blob) => html`${hex(blob)} `)}`]);
    }
  }
  return entries.length === 0 ? nothing : html`<dl class="facts tight">${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function proof(info: RungInfo): View {
  return info.proof === null
    ? html`<span class="rung-proof quiet">${info.rung === 'pending' ? 'No proof' : 'Proof pruned'}</span>`
    : html`<a class="rung-proof button" href=${info.proof.href} download aria-label=${`Download the proof that it is ${info.rung}`}>Proof</a>`;
}
