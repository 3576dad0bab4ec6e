import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { Scenario } from '../scenario/scenario.js';
import { ScenarioApi, serve } from '../scenario/server.js';

const built = fileURLToPath(new URL('../../dist', import.meta.url));
const pictures = fileURLToPath(new URL('../../../artifacts/dashboard', import.meta.url));

/** A browser of the system; CHROMIUM names another one. */
const executable = process.env['CHROMIUM'] ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

export interface Bench {
  api: ScenarioApi;
  url: string;
  page(options?: BrowserContextOptions): Promise<Page>;
  picture(page: Page, name: string): Promise<void>;
  close(): Promise<void>;
}

/** A built dashboard before a scenario whose time only the test moves. What the console complains of ends in `complaints`. */
export async function bench(complaints: string[]): Promise<Bench> {
  if (executable === undefined) {
    throw new Error('No Chromium is installed: apt-get install chromium, or name one in CHROMIUM.');
  }
  if (!existsSync(built)) {
    throw new Error('The dashboard is not built: npm run build.');
  }
  const api = new ScenarioApi(new Scenario());
  const { url, server } = await serve(api, built);
  const browser: Browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-gpu', '--force-color-profile=srgb'] });
  await mkdir(pictures, { recursive: true });
  return {
    api,
    url,
    async page(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options });
      // What tsx puts around named functions is not there in the page.
      await context.addInitScript('globalThis.__name = (named) => named');
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error' && !message.text().includes('404') && !message.text().includes('ERR_')) {
          complaints.push(message.text());
        }
      });
      return page;
    },
    async picture(page, name) {
      await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
    },
    async close() {
      await browser.close();
      api.cut();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
