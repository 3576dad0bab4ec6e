// A dApp's day: deploys Uniswap V2 and two tokens, gives liquidity, swaps, and sends a few transfers. The last line of its output is JSON: the hashes with their blocks, and the swap.
import assert from 'node:assert/strict';
import { createPublicClient, createWalletClient, defineChain, erc20Abi, http as httpTransport, maxUint256, parseEther } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { chainId, factory, http, keys, router, token, weth } from './support.mjs';

const chain = defineChain({ id: chainId, name: 'Preconf Cloud', nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 }, rpcUrls: { default: { http: [http] } } });
const transport = httpTransport(http);
const client = createPublicClient({ chain, transport, pollingInterval: 100 });
const [alice, bob] = keys.map((key) => createWalletClient({ account: privateKeyToAccount(key), chain, transport }));
const hashes = [];
const mined = async (hash) => {
  hashes.push(hash);
  const receipt = await client.waitForTransactionReceipt({ hash, timeout: 120_000 });
  assert.equal(receipt.status, 'success', hash);
  return receipt;
};
const deploy = async ({ abi, bytecode }, args = []) => (await mined(await alice.deployContract({ abi, bytecode, args }))).contractAddress;
const write = async (address, abi, functionName, args) => mined(await alice.writeContract({ address, abi, functionName, args, gas: 4_000_000n }));

const factoryAddress = await deploy(factory, [alice.account.address]);
const supply = parseEther('1000000');
const first = await deploy(token, [supply]);
const second = await deploy(token, [supply]);
const routerAddress = await deploy(router, [factoryAddress, await deploy(weth)]);
await write(first, erc20Abi, 'approve', [routerAddress, maxUint256]);
await write(second, erc20Abi, 'approve', [routerAddress, maxUint256]);
const pool = parseEther('1000');
await write(routerAddress, router.abi, 'addLiquidity', [first, second, pool, pool, 0n, 0n, alice.account.address, maxUint256]);
const before = await client.readContract({ address: second, abi: erc20Abi, functionName: 'balanceOf', args: [bob.account.address], blockTag: 'pending' });
const swap = await write(routerAddress, router.abi, 'swapExactTokensForTokens', [parseEther('1'), 0n, [first, second], bob.account.address, maxUint256]);
const after = await client.readContract({ address: second, abi: erc20Abi, functionName: 'balanceOf', args: [bob.account.address], blockTag: 'pending' });
// The constant product, less 0.3 % fee.
const paid = (parseEther('1') * 997n * pool) / (pool * 1000n + parseEther('1') * 997n);
assert.equal(after - before, paid);

console.log(JSON.stringify({ swap: swap.transactionHash, hashes }));
