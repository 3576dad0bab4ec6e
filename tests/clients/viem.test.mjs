import assert from 'node:assert/strict';
import test from 'node:test';
import {
  createPublicClient, createWalletClient, custom, defineChain, encodeFunctionData, erc20Abi, getContractAddress, http as httpTransport, keccak256,
  maxUint256, parseAbi, parseAbiItem, parseEther, parseGwei, publicActions, toFunctionSelector, webSocket, zeroHash,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { chainConfig } from 'viem/op-stack';
import { multicall3Bytecode } from './node_modules/viem/_esm/constants/contracts.js';
import { chainId, factory, http, keys, pair, router, thrower, token, until, weth, ws } from './support.mjs';

const chain = defineChain({
  ...chainConfig,
  id: chainId,
  name: 'Preconf Cloud',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [http], webSocket: [ws] } },
  experimental_preconfirmationTime: 200,
});
const accounts = keys.map((key) => privateKeyToAccount(key));
const [alice, bob, carol] = accounts;
const client = createPublicClient({ chain, transport: httpTransport(http, { batch: true }), pollingInterval: 100 });
const wallet = (account) => createWalletClient({ account, chain, transport: httpTransport(http), pollingInterval: 100 }).extend(publicActions);
const receiptOf = (hash) => client.waitForTransactionReceipt({ hash, timeout: 60_000 });
const deploy = async (artifact, args = []) => {
  const hash = await wallet(alice).deployContract({ abi: artifact.abi, bytecode: artifact.bytecode, args });
  const receipt = await receiptOf(hash);
  assert.equal(receipt.status, 'success');
  return receipt.contractAddress;
};

test('the chain introduces itself', async () => {
  assert.equal(await client.getChainId(), chainId);
  assert.match(await client.request({ method: 'web3_clientVersion' }), /^preconf-cloud\//);
  assert.deepEqual((await client.request({ method: 'op_supportedCapabilities' }))[0], 'flashblocksv1');
  assert.ok(Object.keys(await client.request({ method: 'rpc_modules' })).includes('eth'));
});

test('a transfer is preconfirmed, and its answers stay when it is sealed', async () => {
  const hash = await wallet(alice).sendTransaction({ to: carol.address, value: parseEther('1') });
  const receipt = await receiptOf(hash);
  assert.equal(receipt.gasUsed, 21_000n);
  assert.equal(receipt.from, alice.address.toLowerCase());
  const pending = await client.getBalance({ address: carol.address, blockTag: 'pending' });
  assert.ok(pending > 0n);
  const final = await until(async () => {
    const found = await client.getTransactionReceipt({ hash });
    return found.blockHash === zeroHash ? null : found;
  }, 'the chunk is sealed');
  assert.equal((await client.getBlock({ blockHash: final.blockHash })).number, final.blockNumber);
  assert.equal(final.effectiveGasPrice, receipt.effectiveGasPrice);
  assert.ok(await client.getTransactionConfirmations({ hash }) >= 1n);
});

test('sendRawTransactionSync gives the receipt within flashblocks', async () => {
  const sender = wallet(bob);
  const request = await sender.prepareTransactionRequest({ to: carol.address, value: 1n });
  const receipt = await sender.sendRawTransactionSync({ serializedTransaction: await sender.signTransaction(request), throwOnReceiptRevert: true });
  assert.equal(receipt.status, 'success');
  const again = await sender.sendTransactionSync({ to: carol.address, value: 2n });
  assert.equal(again.transactionIndex >= 0, true);
});

test('pending reads see what is not sealed yet', async () => {
  const early = createPublicClient({ chain, transport: httpTransport(http), experimental_blockTag: 'pending' });
  const nonce = await early.getTransactionCount({ address: bob.address, blockTag: 'pending' });
  await wallet(bob).sendTransactionSync({ to: carol.address, value: 7n });
  assert.equal(await early.getTransactionCount({ address: bob.address, blockTag: 'pending' }), nonce + 1);
  const block = await early.getBlock({ blockTag: 'pending', includeTransactions: true });
  assert.ok(block.number >= await early.getBlockNumber({ cacheTime: 0 }));
  assert.equal(await early.getBlockTransactionCount({ blockTag: 'pending' }) >= 0, true);
});

test('fees can be estimated', async () => {
  const fees = await client.estimateFeesPerGas();
  assert.ok(fees.maxFeePerGas > 0n && fees.maxPriorityFeePerGas >= 0n);
  assert.ok(await client.getGasPrice() > 0n);
  const history = await client.getFeeHistory({ blockCount: 4, rewardPercentiles: [10, 50, 90] });
  assert.equal(history.baseFeePerGas.length, history.gasUsedRatio.length + 1);
  assert.equal(history.reward.every((block) => block.length === 3), true);
  assert.equal(await client.estimateGas({ account: alice, to: carol.address, value: 1n }), 21_000n);
  assert.equal(await client.getBlobBaseFee(), 1n);
});

test('R44 Uniswap V2 is deployed from its published artifacts and used', async () => {
  const factoryAddress = await deploy(factory, [alice.address]);
  const wethAddress = await deploy(weth);
  const routerAddress = await deploy(router, [factoryAddress, wethAddress]);
  const tokenAddress = await deploy(token, [parseEther('1000000')]);
  const owner = wallet(alice);
  const write = async (request) => {
    const { request: checked } = await client.simulateContract({ account: alice, ...request });
    const receipt = await receiptOf(await owner.writeContract(checked));
    assert.equal(receipt.status, 'success');
    return receipt;
  };

  const deadline = BigInt(Math.floor(Date.now() / 1000)) + 1_000_000n;
  await write({ address: tokenAddress, abi: token.abi, functionName: 'approve', args: [routerAddress, maxUint256] });
  await write({
    address: routerAddress, abi: router.abi, functionName: 'addLiquidityETH', value: parseEther('10'),
    args: [tokenAddress, parseEther('1000'), 0n, 0n, alice.address, deadline],
  });
  const [, expected] = await client.readContract({ address: routerAddress, abi: router.abi, functionName: 'getAmountsOut', args: [parseEther('1'), [wethAddress, tokenAddress]], blockTag: 'pending' });
  const swap = await write({
    address: routerAddress, abi: router.abi, functionName: 'swapExactETHForTokens', value: parseEther('1'), args: [0n, [wethAddress, tokenAddress], bob.address, deadline],
  });
  assert.equal(await client.readContract({ address: tokenAddress, abi: token.abi, functionName: 'balanceOf', args: [bob.address], blockTag: 'pending' }), expected);
  const pairAddress = await client.readContract({ address: factoryAddress, abi: factory.abi, functionName: 'getPair', args: [wethAddress, tokenAddress], blockTag: 'pending' });

  const multicallAddress = getContractAddress({ from: alice.address, nonce: BigInt(await client.getTransactionCount({ address: alice.address, blockTag: 'pending' })) });
  await receiptOf(await owner.sendTransaction({ data: multicall3Bytecode }));
  const calls = [
    { address: tokenAddress, abi: erc20Abi, functionName: 'balanceOf', args: [bob.address] },
    { address: tokenAddress, abi: erc20Abi, functionName: 'totalSupply' },
    { address: pairAddress, abi: pair.abi, functionName: 'getReserves' },
  ];
  const [balance, supply, reserves] = await client.multicall({ contracts: calls, multicallAddress, allowFailure: false, blockTag: 'pending' });
  assert.equal(balance, expected);
  assert.equal(supply, parseEther('1000000'));
  assert.ok(reserves[0] > 0n && reserves[1] > 0n);
  const deployless = await client.multicall({ contracts: calls, deployless: true, allowFailure: false, blockTag: 'pending' });
  assert.equal(deployless[0], expected);

  const event = parseAbiItem('event Transfer(address indexed from, address indexed to, uint256 value)');
  const logs = await client.getLogs({ address: tokenAddress, event, args: { to: bob.address }, fromBlock: 0n, toBlock: 'pending' });
  assert.equal(logs.length, 1);
  assert.equal(logs[0].args.value, expected);
  assert.equal(logs[0].transactionHash, swap.transactionHash);

  const list = await client.createAccessList({
    account: bob, to: routerAddress, value: 1000n,
    data: encodeFunctionData({ abi: router.abi, functionName: 'swapExactETHForTokens', args: [0n, [wethAddress, tokenAddress], bob.address, deadline] }),
    blockTag: 'pending',
  });
  assert.ok(list.accessList.some((entry) => entry.address.toLowerCase() === pairAddress.toLowerCase() && entry.storageKeys.length > 0));
  const listed = await receiptOf(await wallet(bob).sendTransaction({
    to: routerAddress, value: 1000n, accessList: list.accessList,
    data: encodeFunctionData({ abi: router.abi, functionName: 'swapExactETHForTokens', args: [0n, [wethAddress, tokenAddress], bob.address, deadline] }),
  }));
  assert.equal(listed.status, 'success');

  await assert.rejects(
    client.simulateContract({ account: bob, address: routerAddress, abi: router.abi, functionName: 'swapExactETHForTokens', value: 1n, args: [maxUint256, [wethAddress, tokenAddress], bob.address, deadline] }),
    /UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT/);

  const trace = await client.request({ method: 'debug_traceTransaction', params: [swap.transactionHash, { tracer: 'callTracer', tracerConfig: { withLog: true } }] });
  assert.equal(trace.type, 'CALL');
  assert.equal(BigInt(trace.gasUsed), swap.gasUsed);
  assert.ok(trace.calls.some((call) => call.type === 'STATICCALL'));
  const { results } = await client.simulateCalls({
    account: bob.address, traceAssetChanges: false, blockTag: 'pending',
    calls: [{ to: wethAddress, abi: weth.abi, functionName: 'deposit', value: 5n }, { to: wethAddress, abi: weth.abi, functionName: 'balanceOf', args: [bob.address] }],
  });
  assert.deepEqual(results.map((result) => result.status), ['success', 'success'], results[0].error?.message);
  assert.equal(results[1].result, 5n);
});

test('reverts come with their data', async () => {
  const abi = parseAbi(['error Refused(uint256 code)', 'function any()']);
  const address = await deploy({ abi, bytecode: thrower(toFunctionSelector('Refused(uint256)')) });
  await assert.rejects(client.readContract({ address, abi, functionName: 'any', blockTag: 'pending' }), (error) => {
    const inner = error.walk((cause) => cause.data?.errorName);
    assert.equal(inner.data.errorName, 'Refused');
    assert.deepEqual(inner.data.args, [42n]);
    return true;
  });
  await assert.rejects(client.estimateContractGas({ account: alice, address, abi, functionName: 'any' }), /Refused|revert/);
  const failed = await receiptOf(await wallet(alice).sendTransaction({ to: address, gas: 100_000n }));
  assert.equal(failed.status, 'reverted');
});

test('an account delegates to a contract (EIP-7702), and executes it', async () => {
  // CALLVALUE PUSH1 0 SSTORE: what it got is kept.
  const address = await deploy({ abi: [], bytecode: '0x6004600c60003960046000f334600055' });
  const owner = wallet(bob);
  const authorization = await owner.signAuthorization({ contractAddress: address, executor: 'self' });
  const receipt = await receiptOf(await owner.sendTransaction({ authorizationList: [authorization], to: bob.address, value: 9n, gas: 200_000n }));
  assert.equal(receipt.status, 'success');
  assert.equal(receipt.type, 'eip7702');
  assert.equal((await client.getCode({ address: bob.address, blockTag: 'pending' })).toLowerCase(), `0xef0100${address.slice(2)}`.toLowerCase());
  assert.equal(BigInt(await client.getStorageAt({ address: bob.address, slot: '0x0', blockTag: 'pending' })), 9n);
  assert.equal((await client.getTransaction({ hash: receipt.transactionHash })).authorizationList.length, 1);
});

test('filters tell each block, log and pending transaction once', async () => {
  const [blocks, pending, events] = [await client.createBlockFilter(), await client.createPendingTransactionFilter(), await client.createEventFilter()];
  const address = await deploy({ abi: [], bytecode: '0x602a60006000a16000600055' });
  const seen = { blocks: [], pending: [], logs: [] };
  await until(async () => {
    seen.blocks.push(...await client.getFilterChanges({ filter: blocks }));
    seen.pending.push(...await client.getFilterChanges({ filter: pending }));
    seen.logs.push(...await client.getFilterChanges({ filter: events }));
    return seen.logs.length > 0;
  }, 'a log comes');
  assert.equal(seen.logs.length, 1);
  assert.equal(seen.logs[0].address.toLowerCase(), address.toLowerCase());
  assert.equal(seen.pending.length, 1);
  assert.equal(new Set(seen.blocks).size, seen.blocks.length);
  assert.equal(await client.uninstallFilter({ filter: blocks }), true);
});

test('blocks are watched by polling and by subscription, without a gap', async () => {
  const socket = createPublicClient({ chain, transport: webSocket(ws) });
  for (const source of [client, socket]) {
    const numbers = [];
    const stop = source.watchBlocks({ blockTag: 'latest', emitMissed: true, emitOnBegin: true, onBlock: (block) => numbers.push(block.number) });
    await until(() => numbers.length >= 3, 'three blocks come');
    stop();
    numbers.forEach((number, index) => assert.equal(number, numbers[0] + BigInt(index)));
  }

  (await socket.transport.getRpcClient()).close();
});

test('flashblocks, their transactions and logs are pushed', async () => {
  const socket = createPublicClient({ chain, transport: webSocket(ws) });
  const got = { newFlashblocks: [], newFlashblockTransactions: [], pendingLogs: [] };
  const subscriptions = [];
  for (const [kind, parameters] of [['newFlashblocks', []], ['newFlashblockTransactions', [true]], ['pendingLogs', [{}]]]) {
    subscriptions.push(await socket.transport.subscribe({ params: [kind, ...parameters], onData: (data) => got[kind].push(data.result) }));
  }

  await deploy({ abi: [], bytecode: '0x602a60006000a16000600055' });
  await until(() => got.pendingLogs.length > 0 && got.newFlashblocks.length > 1 && got.newFlashblockTransactions.length > 0, 'all three come');
  assert.equal(got.newFlashblockTransactions[0].logs.length, 1);
  assert.equal(got.pendingLogs[0].transactionHash, got.newFlashblockTransactions[0].hash);
  assert.ok(got.newFlashblocks.some((block) => block.transactions.some((transaction) => transaction.hash === got.pendingLogs[0].transactionHash)));
  for (const subscription of subscriptions) await subscription.unsubscribe();
  (await socket.transport.getRpcClient()).close();
});

test('a client that lost its connection connects again and goes on', async () => {
  const socket = createPublicClient({ chain, transport: webSocket(ws, { reconnect: { attempts: 50, delay: 50 } }) });
  assert.ok(await socket.getBlockNumber({ cacheTime: 0 }) >= 0n);
  const rpc = await socket.transport.getRpcClient();
  rpc.socket.close();
  await until(async () => {
    try {
      return await socket.getBlockNumber({ cacheTime: 0 }) >= 0n;
    } catch {
      return false;
    }
  }, 'it answers again');
  (await socket.transport.getRpcClient()).close();
});

test('proofs, raw access and errors have the forms that viem reads', async () => {
  const proof = await client.getProof({ address: alice.address, storageKeys: [zeroHash] });
  const block = await client.getBlock();
  assert.equal(proof.nonce >= 0, true);
  assert.equal(keccak256(proof.accountProof[0]).length, block.stateRoot.length);
  await assert.rejects(client.getBlock({ blockNumber: 10_000_000n }), /could not be found/);
  await assert.rejects(client.getTransaction({ hash: keccak256('0x') }), /could not be found/);
  await assert.rejects(wallet(alice).sendTransaction({ to: bob.address, value: parseEther('1000000000'), gas: 21_000n }), /insufficient funds|exceeds the balance/);
  await assert.rejects(wallet(alice).sendTransaction({ to: bob.address, value: 1n, nonce: 0, gas: 21_000n, maxFeePerGas: parseGwei('10') }), /nonce/i);
  const raw = createPublicClient({ chain, transport: custom({ request: (request) => client.request(request) }) });
  assert.equal(await raw.getChainId(), chainId);
});
