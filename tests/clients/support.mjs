import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

const wanted = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: these tests are run by Gateway.Tests, which starts a chain`);
  return value;
};

export const http = wanted('RPC_URL');
export const ws = wanted('WS_URL');
export const chainId = Number(wanted('CHAIN_ID'));
export const keys = wanted('KEYS').split(',');

const artifact = (name) => {
  const { abi, bytecode, evm } = JSON.parse(readFileSync(require.resolve(name), 'utf8'));
  const code = bytecode ?? evm.bytecode.object;
  return { abi, bytecode: code.startsWith('0x') ? code : `0x${code}` };
};

export const factory = artifact('@uniswap/v2-core/build/UniswapV2Factory.json');
export const pair = artifact('@uniswap/v2-core/build/UniswapV2Pair.json');
export const router = artifact('@uniswap/v2-periphery/build/UniswapV2Router02.json');
export const weth = artifact('@uniswap/v2-periphery/build/WETH9.json');
export const token = artifact('@uniswap/v2-periphery/build/ERC20.json');

// A contract that reverts every call with the custom error of a selector, and 42.
export const thrower = (selector) => {
  const runtime = `7f${selector.slice(2).padEnd(64, '0')}600052602a60045260246000fd`;
  return `0x602e80600b6000396000f3${runtime}`;
};

export const until = async (condition, what) => {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`it did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
