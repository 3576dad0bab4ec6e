import { html, nothing } from 'lit-html';
import { api } from '../api/client.js';
import type { Transaction } from '../api/types.js';
import { count, dayTime, ether, plural, words } from '../format.js';
import { ladder } from '../view/ladder.js';
import { addressLink, badge, chunkLink, facts, hex, panel, reasonText, type View } from '../view/parts.js';
import { Resource, type Context, type Page } from './page.js';

export function transactionPage(context: Context, hash: string): Page {
  const resource = new Resource((signal) => api.GET('/api/v1/transactions/{hash}', { params: { path: { hash } }, signal }), context.refresh);
  return {
    title: `Transaction ${hash.slice(0, 10)}`,
    transaction: hash,
    event: (event) => {
      if ((event.event === 'transaction' && event.data.hash === hash) || (event.event === 'broken' && event.data.transaction === hash)) {
        resource.stale(50);
      } else if (event.event === 'checkpoint' && event.data.slot === resource.value?.position?.slot) {
        resource.stale();
      } else if (event.event === 'reset' || (event.event === 'heartbeat' && resource.value === null && resource.error?.status === 404)) {
        resource.stale();
      }
    },
    dispose: () => resource.dispose(),
    view: () => resource.show('transaction', (transaction) => transactionView(context, transaction)),
  };
}

function transactionView(context: Context, transaction: Transaction): View {
  const { position, receipt } = transaction;
  return html`<div class="title"><h1>Transaction</h1><span aria-live="polite">${badge(transaction.state)}</span>${receipt?.status === 'reverted' ? html`<span class="tone-warn">Reverted</span>` : nothing}</div>
    <p class="full-hash">${hex(transaction.hash, { full: true })}</p>
    ${transaction.dropped === null ? nothing : html`<div class="notice bad" role="alert"><strong>Dropped</strong> ${dayTime(transaction.dropped.at)}. ${transaction.dropped.reason}</div>`}
    ${transaction.broken.map((promise) => html`<div class="notice bad" role="alert"><p><strong>A promise did not hold.</strong> It was ${promise.lost} and went back to ${promise.now} at ${dayTime(promise.at)}.</p><p>${reasonText(promise.reason)}</p>${promise.reason.evidence == null ? nothing : html`<p>Evidence: ${words(promise.reason.evidence.offence)} by ${addressLink(promise.reason.evidence.offender)} ${hex(promise.reason.evidence.encoded)}</p>`}${promise.reason.certificate === undefined ? nothing : html`<p>Certificate: ${hex(promise.reason.certificate)}</p>`}</div>`)}
    <div class="grid-tx">
      ${panel('Ladder', ladder(transaction, context.model.network, context.now()), { aside: transaction.rungs.some((rung) => rung.proof !== null) ? html`<a class="button" href=${`/api/v1/transactions/${transaction.hash}/proof`} download>Download strongest proof</a>` : nothing })}
      <div class="stack">
        ${panel('Details', facts(['From', addressLink(transaction.from)], ['To', transaction.to === null ? 'creates a contract' : addressLink(transaction.to)], ['Value', ether(transaction.value)], ['Nonce', count(transaction.nonce)], ['Type', typeName(transaction.type)], ['Gas limit', count(transaction.gasLimit)],
          position === null ? null : ['Position', html`chunk ${chunkLink(position.slot, position.chunk)}${position.flashblock === null ? nothing : html`, flashblock <span class="num">${position.flashblock}</span>`}${position.index === null ? nothing : html`, index <span class="num">${position.index}</span>`}`]))}
        ${receipt === null ? nothing : panel('Receipt', facts(['Status', html`<span class=${`tone-${receipt.status === 'success' ? 'good' : 'warn'}`}>${words(receipt.status)}</span>`], ['Gas used', count(receipt.gasUsed)], ['Gas price', ether(receipt.effectiveGasPrice)], ['Fee', ether(String(BigInt(receipt.effectiveGasPrice) * BigInt(receipt.gasUsed)))], ['Logs', plural(receipt.logs, 'log')], receipt.contractAddress === null ? null : ['Contract', addressLink(receipt.contractAddress)]))}
        ${transaction.l1Cost === null ? nothing : panel('Share of L1 cost', facts(['Gas', count(Math.round(transaction.l1Cost.gas))], ['Blob gas', count(Math.round(transaction.l1Cost.blobGas))], ['Cost', ether(transaction.l1Cost.wei)]))}
        ${panel('Check it yourself', html`<p class="prose">Each proof is a document that needs no network and no trust in this gateway: signatures, Merkle paths, and what to look up on L1.</p><pre class="code"><code>./cloud verify proof-${transaction.hash.slice(2, 10)}.json</code></pre>`)}
      </div>
    </div>`;
}

function typeName(type: number): string {
  return ['Legacy', 'Access list', 'Dynamic fee', 'Blob', 'Set code'][type] ?? (type === 126 ? 'Deposit' : `Type ${type}`);
}
