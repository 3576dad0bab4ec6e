import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { chromium } from 'playwright-core';

/** Looks at a running gateway's dashboard as a user would: `ladder.ts URL HASH FOLDER`. Exit code 0 where the transaction's ladder reaches checkpointed before its eyes, and no page complains. */
const [url, hash, folder] = process.argv.slice(2);
if (url === undefined || hash === undefined || folder === undefined) {
  throw new Error('Give URL, HASH and FOLDER.');
}
const executable = process.env['CHROMIUM'] ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
if (executable === undefined) {
  throw new Error('No Chromium is installed: apt-get install chromium, or name one in CHROMIUM.');
}
const patience = 120_000;
const complaints: string[] = [];
await mkdir(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-gpu', '--force-color-profile=srgb'] });
try {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' })).newPage();
  page.setDefaultTimeout(patience);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // The browser itself notes each refusal; pages handle those that say: not there (any more).
    if (message.type() === 'error' && !/status of (404|410)/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  await page.goto(`${url}tx/${hash}`);
  await page.getByRole('heading', { name: 'Transaction' }).waitFor();
  await page.screenshot({ path: `${folder}/transaction-early.png`, fullPage: true });
  // Not loaded again: the rung must come by the event stream.
  await page.locator('.ladder li.state-checkpointed').waitFor();
  if ((await page.locator('.ladder a.rung-proof').count()) < 4) {
    throw new Error('A rung lacks its proof.');
  }
  await page.screenshot({ path: `${folder}/transaction-checkpointed.png`, fullPage: true });
  for (const name of ['', 'slots', 'checkpoints', 'committee', 'health']) {
    await page.goto(`${url}${name}`);
    await page.getByRole('heading').first().waitFor();
    await page.waitForTimeout(500);
    await page.screenshot({ path: `${folder}/${name === '' ? 'overview' : name}.png`, fullPage: true });
  }
  if (complaints.length > 0) {
    throw new Error(`The console complains: ${complaints.join('; ')}`);
  }
  console.log('the ladder reached checkpointed');
} finally {
  await browser.close();
}
