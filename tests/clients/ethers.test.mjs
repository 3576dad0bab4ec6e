import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { AbiCoder, Contract, ContractFactory, JsonRpcProvider, Network, NonceManager, Wallet, WebSocketProvider, MaxUint256, id, isError, parseEther } from 'ethers';
import { chainId, factory, http, keys, router, thrower, token, until, weth, ws } from './support.mjs';

const network = Network.from(chainId);
const provider = new JsonRpcProvider(http, network, { staticNetwork: network, pollingInterval: 100, batchMaxCount: 20 });
const alice = new NonceManager(new Wallet(keys[0], provider));
const bob = new Wallet(keys[1], provider);
after(() => provider.destroy());

// Ethers takes the first receipt for confirmed, and reads the newest sealed block: what must see preconfirmed transactions asks for "pending".
const deploy = async (artifact, ...args) => {
  const contract = await new ContractFactory(artifact.abi, artifact.bytecode, alice).deploy(...args);
  await contract.waitForDeployment();
  return contract;
};

test('the network and its fees', async () => {
  assert.equal(Number((await provider.send('eth_chainId', []))), chainId);
  const fees = await provider.getFeeData();
  assert.ok(fees.maxFeePerGas > 0n && fees.gasPrice > 0n);
  assert.equal((await provider.getBlock('pending')).number >= await provider.getBlockNumber(), true);
});

test('transfers of every type are mined', async () => {
  for (const type of [0, 1, 2]) {
    const response = await alice.sendTransaction({ to: bob.address, value: 1n, type, ...(type === 1 ? { accessList: [{ address: bob.address, storageKeys: [] }] } : {}) });
    const receipt = await response.wait();
    assert.equal(receipt.status, 1);
    assert.equal(receipt.type, type);
    const found = await provider.getTransaction(response.hash);
    assert.equal(found.from, await alice.getAddress());
    assert.equal(found.signature.serialized, response.signature.serialized);
  }
});

test('Uniswap V2 is deployed from its published artifacts and used', async () => {
  const factoryContract = await deploy(factory, await alice.getAddress());
  const wethContract = await deploy(weth);
  const routerContract = await deploy(router, factoryContract.target, wethContract.target);
  const tokenContract = await deploy(token, parseEther('1000000'));
  const deadline = Math.floor(Date.now() / 1000) + 1_000_000;
  await (await tokenContract.approve(routerContract.target, MaxUint256)).wait();
  await (await routerContract.addLiquidityETH(tokenContract.target, parseEther('1000'), 0, 0, await alice.getAddress(), deadline, { value: parseEther('10') })).wait();
  const [, expected] = await routerContract.getAmountsOut(parseEther('1'), [wethContract.target, tokenContract.target], { blockTag: 'pending' });
  const receipt = await (await routerContract.swapExactETHForTokens(0, [wethContract.target, tokenContract.target], bob.address, deadline, { value: parseEther('1') })).wait();
  assert.equal(await tokenContract.balanceOf(bob.address, { blockTag: 'pending' }), expected);
  const events = await tokenContract.queryFilter(tokenContract.filters.Transfer(null, bob.address), 0, 'pending');
  assert.equal(events.length, 1);
  assert.equal(events[0].transactionHash, receipt.hash);
  assert.equal(events[0].args.value, expected);
  await assert.rejects(
    routerContract.swapExactETHForTokens.staticCall(MaxUint256, [wethContract.target, tokenContract.target], bob.address, deadline, { value: 1n, blockTag: 'pending' }),
    (error) => isError(error, 'CALL_EXCEPTION') && error.reason === 'UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT');
});

test('custom errors come with their data', async () => {
  const abi = ['error Refused(uint256 code)', 'function any() view'];
  const deployed = await deploy({ abi, bytecode: thrower(id('Refused(uint256)').slice(0, 10)) });
  const contract = new Contract(deployed.target, abi, provider);
  await assert.rejects(contract.any({ blockTag: 'pending' }), (error) => isError(error, 'CALL_EXCEPTION') && error.revert.name === 'Refused' && error.revert.args[0] === 42n);
});

test('an account delegates to a contract (EIP-7702)', async () => {
  const target = await deploy({ abi: [], bytecode: '0x6004600c60003960046000f334600055' });
  const authorization = await bob.authorize({ address: target.target, nonce: (await bob.getNonce('pending')) });
  const response = await alice.sendTransaction({ type: 4, to: bob.address, value: 3n, authorizationList: [authorization], gasLimit: 300_000 });
  assert.equal((await response.wait()).status, 1);
  assert.equal((await provider.getCode(bob.address, 'pending')).toLowerCase(), `0xef0100${target.target.slice(2)}`.toLowerCase());
  assert.equal(BigInt(await provider.getStorage(bob.address, 0, 'pending')), 3n);
});

test('errors have the codes that ethers knows', async () => {
  const poor = Wallet.createRandom().connect(provider);
  await assert.rejects(poor.sendTransaction({ to: bob.address, value: 1n, gasLimit: 21_000 }), (error) => isError(error, 'INSUFFICIENT_FUNDS'));
  await assert.rejects(new Wallet(keys[0], provider).sendTransaction({ to: bob.address, value: 1n, nonce: 0, gasLimit: 21_000 }), (error) => isError(error, 'NONCE_EXPIRED'));
});

test('blocks and logs are pushed over a WebSocket', async () => {
  const socket = new WebSocketProvider(ws, network, { staticNetwork: network });
  const blocks = [];
  const logs = [];
  await socket.on('block', (number) => blocks.push(number));
  await socket.on({ topics: [[AbiCoder.defaultAbiCoder().encode(['uint256'], [42])]] }, (log) => logs.push(log));
  const sent = await alice.sendTransaction({ data: '0x602a60006000a16000600055', gasLimit: 200_000 });
  await sent.wait();
  await until(() => logs.length > 0 && blocks.length > 1, 'a log and two blocks come');
  assert.equal(logs[0].transactionHash, sent.hash);
  blocks.forEach((number, index) => assert.equal(number, blocks[0] + index));
  await socket.destroy();
});
