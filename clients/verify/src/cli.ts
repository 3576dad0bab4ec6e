import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { verify, type Trust } from './verify.js';

const usage = `Usage: npm run -s verify -- PROOF.json [--chain ID] [--rollup ADDRESS] [--committee COMMITMENT] [--slots-per-epoch N] [--json]

Checks a proof offline. Exit code 0: everything that can be checked offline is right; 1: it is not; 2: no proof, or bad arguments.
What the options do not name is printed to be compared with L1.`;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { chain: { type: 'string' }, rollup: { type: 'string' }, committee: { type: 'string' }, 'slots-per-epoch': { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  const [file] = positionals;
  if (values.help === true || file === undefined || positionals.length > 1) {
    console.log(usage);
    process.exit(values.help === true ? 0 : 2);
  }
  const trust: Trust = {
    ...(values.chain === undefined ? {} : { chainId: whole(values.chain, '--chain') }), ...(values.rollup === undefined ? {} : { rollup: values.rollup }), ...(values.committee === undefined ? {} : { committee: values.committee }),
    ...(values['slots-per-epoch'] === undefined ? {} : { slotsPerEpoch: whole(values['slots-per-epoch'], '--slots-per-epoch') }),
  };
  const verdict = verify(JSON.parse(readFileSync(file, 'utf8')), trust);
  if (values.json === true) {
    console.log(JSON.stringify(verdict, null, 2));
  } else {
    for (const rung of verdict.rungs) {
      console.log(`${rung.fault === null ? 'right' : 'WRONG'}  ${rung.status.padEnd(13)} ${rung.fault === null ? '' : `${rung.fault}: `}${rung.detail}`);
    }
    if (verdict.committee !== null && trust.committee === undefined) {
      console.log(`check  committee     the rollup contract has the commitment ${verdict.committee} for the epoch`);
    }
    for (const { status, toConfirm } of verdict.rungs) {
      if (toConfirm !== null) {
        console.log(`check  ${status.padEnd(13)} L1 block ${toConfirm.blockNumber} (${toConfirm.blockHash}) shows checkpoint ${toConfirm.checkpoint} with hash ${toConfirm.payloadHash}`);
      }
    }
    console.log(verdict.isValid ? `valid: ${verdict.proven}` : `not valid${verdict.proven === null ? '' : `; shown up to ${verdict.proven}`}`);
  }
  process.exitCode = verdict.isValid ? 0 : 1;
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}

function whole(text: string, option: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value === 0) {
    throw new Error(`${option} is "${text}"; a whole number above 0 is expected`);
  }
  return value;
}
