using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Execution.Building;
using Cloud.Execution.Evm;
using Cloud.Execution.Processing;
using Cloud.Execution.State;
using Cloud.Execution.Tests.State;
using Cloud.Protocol;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Differential.Tests;

/// <summary>
/// Runs random transactions here and on anvil, block by block, from the same genesis. Compares the roots of transactions and receipts, each changed account with its storage root,
/// and now and then every account and slot. Where something differs, it says which receipt and which instruction, or which account.
/// </summary>
internal sealed class DifferentialRun : IDisposable, IBlockHashes
{
    private const ulong GasLimit = 30_000_000_000;
    private const ulong GenesisTime = 1_700_000_000;
    private const int MaxPerBlock = 400;
    private const int InvalidPerBlock = 3;
    private const int FlattenEvery = 8;
    private const int WholeStateEvery = 64;

    private static readonly (Address Address, byte[] Code)[] SystemCode =
    [
        // Not the contract of EIP-4788: anvil does not call it.
        (SystemContracts.BlockHashHistory, Convert.FromHexString(
            "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500")),
        (TransactionGenerator.ForwarderAddress, TransactionGenerator.Forwarder),
    ];

    private readonly Fork _fork;
    private readonly int _seed;
    private readonly Random _random;
    private readonly TransactionGenerator _generator;
    private readonly TemporaryFolder _folder = new();
    private readonly WorldState _world;
    private readonly Dictionary<ulong, Hash256> _hashes = [];
    private StateLayer _tip;
    private ulong _time = GenesisTime;

    public DifferentialRun(Fork fork, int seed)
    {
        _fork = fork;
        _seed = seed;
        _random = new Random(seed);
        _generator = new TransactionGenerator(_random);
        _world = WorldState.Open(_folder.Path, new WorldStateOptions { SyncMode = Cloud.Storage.Lmdb.LmdbSyncMode.None });
        _tip = _world.Flattened;
    }

    private ChainConfig Chain => new() { ChainId = TransactionGenerator.ChainId, OsakaTime = _fork >= Fork.Osaka ? 0 : null };

    public Hash256 GetBlockHash(ulong number) => _hashes.GetValueOrDefault(number);

    /// <summary>Runs until so many transactions were included.</summary>
    /// <param name="count">How many.</param>
    /// <param name="report">Hears how far it is.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <returns>What was compared, in words.</returns>
    public async Task<string> RunAsync(int count, Action<string> report, CancellationToken cancellation)
    {
        await using Peer peer = await Peer.StartAsync(_fork == Fork.Osaka ? "osaka" : "prague", Genesis(), _folder.Path, cancellation);
        await OpenAsync(peer);
        Tally tally = new();
        Stopwatch watch = Stopwatch.StartNew();
        TimeSpan reported = default;
        while (tally.Included < count)
        {
            cancellation.ThrowIfCancellationRequested();
            await BlockAsync(peer, Math.Min(_random.Next(1, MaxPerBlock), count - tally.Included), tally);
            if (watch.Elapsed - reported > TimeSpan.FromSeconds(10))
            {
                reported = watch.Elapsed;
                report($"{tally}, {tally.Included / watch.Elapsed.TotalSeconds:N0} a second");
            }
        }

        return $"seed {_seed}, {_fork}: {tally}";
    }

    public void Dispose()
    {
        _world.Dispose();
        _folder.Dispose();
    }

    private static Hash256 HashOf(JsonElement block, string field) => new(Hex.Decode(block.GetProperty(field).GetString()));

    private static ulong NumberOf(JsonElement block, string field) => UInt256.Parse(block.GetProperty(field).GetString()).U0;

    private JsonObject Genesis()
    {
        JsonObject alloc = [];
        foreach (Wallet wallet in _generator.Wallets)
        {
            alloc[wallet.Address.ToString()] = new JsonObject { ["balance"] = TransactionGenerator.Rich.ToQuantity() };
        }

        foreach ((Address address, byte[] code) in SystemCode)
        {
            alloc[address.ToString()] = new JsonObject { ["balance"] = "0x0", ["nonce"] = "0x1", ["code"] = Hex.Encode(code) };
        }

        return new JsonObject
        {
            ["config"] = new JsonObject { ["chainId"] = TransactionGenerator.ChainId },
            ["alloc"] = alloc,
            ["gasLimit"] = GasLimit,
            ["difficulty"] = "0x0",
            ["timestamp"] = ((UInt256)GenesisTime).ToQuantity(),
        };
    }

    /// <summary>Puts the same genesis state here.</summary>
    private async Task OpenAsync(Peer peer)
    {
        StateChanges changes = new();
        foreach (Wallet wallet in _generator.Wallets)
        {
            changes.For(wallet.Address).After = new Account(0, TransactionGenerator.Rich, Keccak256.OfEmpty);
        }

        foreach ((Address address, byte[] code) in SystemCode)
        {
            changes.For(address).After = new Account(1, UInt256.Zero, Keccak256.Hash(code));
            changes.Code[Keccak256.Hash(code)] = code;
        }

        // Anvil's own accounts.
        foreach (JsonElement account in (await peer.AskAsync("eth_accounts")).EnumerateArray())
        {
            changes.For(Address.Parse(account.GetString()!)).After =
                new Account(0, await peer.AskNumberAsync("eth_getBalance", account.GetString(), "latest"), Keccak256.OfEmpty);
        }

        _tip = _world.Flattened.TryExtend(changes, 0)!;
        _world.TryFlatten(_tip, default);
        _hashes[0] = HashOf(await peer.AskAsync("eth_getBlockByNumber", "0x0", false), "hash");
    }

    private async Task BlockAsync(Peer peer, int count, Tally tally)
    {
        UInt256 baseFee = UInt256.Parse((await peer.AskAsync("eth_getBlockByNumber", "latest", false)).GetProperty("baseFeePerGas").GetString());
        await CompareAsync(peer, Invalid(baseFee), tally);
        foreach (Wallet wallet in _generator.Wallets)
        {
            wallet.Nonce = NonceOf(wallet);
        }

        await CompareAsync(peer, [.. Enumerable.Range(0, count).Select(_ => _generator.Next(in baseFee))], tally);
    }

    private static bool HasCode(StateLayer state, in Address address) =>
        state.TryGetAccount(in address, out Account account) && account.CodeHash != Keccak256.OfEmpty;

    private ulong NonceOf(Wallet wallet) => _tip.TryGetAccount(wallet.Address, out Account account) ? account.Nonce : 0;

    private Transaction[] Invalid(UInt256 baseFee)
    {
        foreach (Wallet wallet in _generator.Wallets)
        {
            wallet.Nonce = NonceOf(wallet);
        }

        IEnumerable<Transaction> some = Enumerable.Range(0, InvalidPerBlock).Select(_ => _generator.NextInvalid(in baseFee));
        return [.. some.Where(transaction => _fork >= Fork.Osaka || transaction.GasLimit <= TransactionFields.MaxGasLimit)];
    }

    /// <summary>Has anvil make a block of what is sent, and makes the same one here.</summary>
    private async Task CompareAsync(Peer peer, Transaction[] sent, Tally tally)
    {
        JsonElement[] answers = await peer.AskAllAsync([.. sent.Select(transaction => ("eth_sendRawTransaction", new JsonNode?[] { Hex.Encode(transaction.Raw.Span) }))]);
        await peer.AskAsync("anvil_setCoinbase", new Address(Keccak256.Hash(BitConverter.GetBytes(_random.Next(5))).ToArray().AsSpan(12)).ToString());
        await peer.AskAsync("evm_setNextBlockTimestamp", _time += (ulong)_random.Next(1, 20));
        await peer.AskAsync("evm_mine");
        JsonElement block = await peer.AskAsync("eth_getBlockByNumber", "latest", false);
        Dictionary<Hash256, Transaction> known = sent.ToDictionary(transaction => transaction.Hash);
        Transaction[] included = [.. block.GetProperty("transactions").EnumerateArray().Select(hash => known[new Hash256(Hex.Decode(hash.GetString()))])];

        ChunkContext context = new()
        {
            Chain = Chain,
            ParentHash = HashOf(block, "parentHash"),
            Number = NumberOf(block, "number"),
            Timestamp = NumberOf(block, "timestamp"),
            FeeRecipient = Address.Parse(block.GetProperty("miner").GetString()!),
            GasLimit = NumberOf(block, "gasLimit"),
            BaseFeePerGas = UInt256.Parse(block.GetProperty("baseFeePerGas").GetString()),
            PrevRandao = HashOf(block, "mixHash"),
            ParentBeaconBlockRoot = HashOf(block, "parentBeaconBlockRoot"),
            BlockHashes = this,
        };
        using ChunkExecution chunk = new(new WorldStateLayer(_tip, context.Number), context);
        foreach (Transaction transaction in included)
        {
            Assert.True(transaction.TryGetSender(out Address from));
            TransactionResult result = chunk.Execute(transaction, in from);
            if (result is not TransactionResult.Included one)
            {
                throw new DifferenceException($"{Where(context, transaction)}: anvil includes it; here it is {result}");
            }

            tally.Add(one);
            if (one.Created is { } created)
            {
                _generator.Add(in created);
            }
        }

        ChunkPrefix prefix = chunk.Close();
        StateLayer state = ((WorldStateLayer)prefix.State).Layer;
        bool isWholeDue = tally.Blocks++ % WholeStateEvery == WholeStateEvery - 1;
        if (prefix.Header.ReceiptsRoot != HashOf(block, "receiptsRoot")
            || await ChangedStateAsync(peer, prefix.Changes, state) is { Length: > 0 }
            || (isWholeDue && await WholeStateAsync(peer, state) is { Length: > 0 }))
        {
            throw new DifferenceException(await ExplainAsync(peer, context, prefix, block));
        }

        Assert.Equal(HashOf(block, "transactionsRoot"), prefix.Header.TransactionsRoot);
        Assert.Equal(block.GetProperty("logsBloom").GetString(), Hex.Encode(prefix.Header.LogsBloom.Span));
        Assert.Equal(NumberOf(block, "gasUsed"), prefix.Header.GasUsed);

        // What anvil left out, because the state had moved on when its turn came, or never took, cannot be part of the block here either. That does not hold for what anvil's
        // pool kept waiting for a nonce that only an authorization brings, for a sender with code, whose money and nonce others change in the midst of the block, nor for one
        // that others gave the money after the pool had refused its transaction, or after its turn.
        HashSet<Hash256> isIncluded = [.. included.Select(transaction => transaction.Hash)];
        Dictionary<Address, ulong> next = [];
        for (int i = 0; i < sent.Length; i++)
        {
            Assert.True(sent[i].TryGetSender(out Address sender));
            ulong expected = next.TryGetValue(sender, out ulong afterLast) ? afterLast : _tip.TryGetAccount(in sender, out Account account) ? account.Nonce : 0;
            if (isIncluded.Contains(sent[i].Hash))
            {
                next[sender] = sent[i].Nonce + 1;
                continue;
            }

            next[sender] = expected;
            tally.LeftOut++;
            bool isPlain = !HasCode(_tip, in sender) && !HasCode(state, in sender);
            if (isPlain && sent[i].Nonce <= expected && chunk.Execute(sent[i], in sender) is TransactionResult.Included
                && CouldPayBefore(sent[i], in sender) && IsIncludedAtItsTurn(context, sent, i, included))
            {
                throw new DifferenceException($"{Where(context, sent[i])}: anvil leaves it out ({answers[i]}); here it is included. Anvil took {included.Length} of {sent.Length}; refusals: "
                    + string.Join("; ", answers.Where(answer => answer.TryGetProperty("error", out _)).Select(answer => answer.GetProperty("error").ToString()).Distinct())
                    + $"; the sender's: {string.Join(", ", sent.Where(other => other.TryGetSender(out Address from) && from == sender).Select(other => $"{other.Nonce} {other.Type} {isIncluded.Contains(other.Hash)}"))}");
            }
        }

        await peer.AskAsync("anvil_dropAllTransactions");
        _hashes[context.Number] = HashOf(block, "hash");
        _tip = state;
        if (context.Number % FlattenEvery == 0)
        {
            Assert.True(_world.TryFlatten(_tip, prefix.Hash));
        }
    }

    /// <summary>Whether the sender has the money before the block, which is what pools ask for.</summary>
    private bool CouldPayBefore(Transaction transaction, in Address sender)
    {
        bool overflows = UInt256.MultiplyOverflows(transaction.MaxFeePerGas, transaction.GasLimit, out UInt256 cost);
        overflows |= UInt256.AddOverflows(cost, transaction.Value, out cost);
        return !overflows && _tip.TryGetAccount(in sender, out Account account) && account.Balance >= cost;
    }

    /// <summary>Whether a transaction is included behind those that were sent before it, without those that came after.</summary>
    private bool IsIncludedAtItsTurn(ChunkContext context, Transaction[] sent, int index, Transaction[] included)
    {
        HashSet<Hash256> before = [.. sent.Take(index).Select(transaction => transaction.Hash)];
        using ChunkExecution chunk = new(new WorldStateLayer(_tip, context.Number), context);
        foreach (Transaction transaction in included)
        {
            if (before.Contains(transaction.Hash) && transaction.TryGetSender(out Address from))
            {
                chunk.Execute(transaction, in from);
            }
        }

        return sent[index].TryGetSender(out Address sender) && chunk.Execute(sent[index], in sender) is TransactionResult.Included;
    }

    private string Where(ChunkContext context, Transaction transaction) =>
        $"seed {_seed}, block {context.Number}, {transaction} (to {transaction.To?.ToString() ?? "create"}, gas {transaction.GasLimit}, data {transaction.Data})";

    private async Task<string> ExplainAsync(Peer peer, ChunkContext context, ChunkPrefix prefix, JsonElement block)
    {
        StringBuilder text = new();
        text.AppendLine($"seed {_seed}, block {context.Number} of {prefix.Transactions.Length} transactions differs.");
        text.AppendLine($"receipts root: {prefix.Header.ReceiptsRoot}, anvil {HashOf(block, "receiptsRoot")}; state root: {prefix.Header.StateRoot}, anvil {HashOf(block, "stateRoot")}");
        ulong before = 0;
        for (int i = 0; i < prefix.Transactions.Length; i++)
        {
            Receipt ours = prefix.Receipts[i];
            ulong gas = ours.CumulativeGasUsed - before;
            before = ours.CumulativeGasUsed;
            JsonElement theirs = await peer.AskAsync("eth_getTransactionReceipt", prefix.Transactions[i].Hash.ToString());
            int theirLogs = theirs.GetProperty("logs").GetArrayLength();
            bool theySucceed = theirs.GetProperty("status").GetString() == "0x1";
            bool logsDiffer = theirLogs != ours.Logs.Length || theirs.GetProperty("logs").EnumerateArray().Where((log, at) =>
                log.GetProperty("data").GetString() != Hex.Encode(ours.Logs[at].Data.Span)
                || log.GetProperty("address").GetString() != ours.Logs[at].Address.ToString()
                || !log.GetProperty("topics").EnumerateArray().Select(topic => topic.GetString()!).SequenceEqual(ours.Logs[at].Topics.Select(topic => topic.ToString()))).Any();
            if (NumberOf(theirs, "gasUsed") != gas || theySucceed != ours.Succeeded || logsDiffer)
            {
                text.AppendLine($"{i}: {Where(context, prefix.Transactions[i])}");
                text.AppendLine($"   ours: gas {gas}, {ours.Succeeded}, {ours.Logs.Length} logs; anvil: gas {NumberOf(theirs, "gasUsed")}, {theySucceed}, {theirLogs} logs; logs differ: {logsDiffer}");
                await TraceAsync(peer, context, prefix, i, text);
                break;
            }
        }

        text.Append(await ChangedStateAsync(peer, prefix.Changes, ((WorldStateLayer)prefix.State).Layer));
        text.Append(await WholeStateAsync(peer, ((WorldStateLayer)prefix.State).Layer));
        return text.ToString();
    }

    /// <summary>Compares every account and slot that anvil has.</summary>
    /// <returns>The differences, one a line.</returns>
    private static async Task<string> WholeStateAsync(Peer peer, StateLayer state)
    {
        StringBuilder text = new();
        foreach (JsonProperty entry in (await peer.DumpAsync()).GetProperty("accounts").EnumerateObject())
        {
            Address address = Address.Parse(entry.Name);
            bool exists = state.TryGetAccount(in address, out Account now);
            UInt256 balance = UInt256.Parse(entry.Value.GetProperty("balance").GetString());
            ulong nonce = entry.Value.GetProperty("nonce").GetUInt64();
            byte[] code = Hex.Decode(entry.Value.GetProperty("code").GetString());
            if (!exists)
            {
                // Anvil keeps accounts that are empty or were only looked at, and counts them in its state root, against EIP-161.
                now = new Account(0, UInt256.Zero, Keccak256.OfEmpty);
            }

            foreach (JsonProperty slot in entry.Value.GetProperty("storage").EnumerateObject())
            {
                UInt256 key = UInt256.Parse(slot.Name);
                UInt256 value = state.GetStorage(in address, in key);
                if (value != UInt256.Parse(slot.Value.GetString()))
                {
                    text.AppendLine($"account {address}, slot {slot.Name}: ours {value.ToQuantity()}; anvil {slot.Value.GetString()}");
                }
            }

            if (balance != now.Balance || nonce != now.Nonce || Keccak256.Hash(code) != now.CodeHash)
            {
                text.AppendLine($"account {address}: ours {now}; anvil {entry.Value}");
            }
        }

        return text.ToString();
    }

    /// <summary>Compares the accounts and slots that changed here.</summary>
    /// <returns>The differences, one a line.</returns>
    private static async Task<string> ChangedStateAsync(Peer peer, StateChanges changes, StateLayer state)
    {
        StringBuilder text = new();
        Address[] changed = [.. changes.Accounts.Keys];
        JsonElement[] answers = await peer.AskAllAsync([.. changed.Select(address => ("eth_getAccount", new JsonNode?[] { address.ToString(), "latest" }))]);
        for (int i = 0; i < changed.Length; i++)
        {
            JsonElement theirs = answers[i].GetProperty("result");
            AccountProof proof = state.TryProve(in changed[i], [])!;
            Account ours = proof.Account ?? new Account(0, UInt256.Zero, Keccak256.OfEmpty);
            if (NumberOf(theirs, "nonce") != ours.Nonce
                || UInt256.Parse(theirs.GetProperty("balance").GetString()) != ours.Balance
                || HashOf(theirs, "codeHash") != ours.CodeHash)
            {
                text.AppendLine($"account {changed[i]}: ours {ours}, storage {proof.StorageRoot} (exists: {proof.Account is not null}); anvil {theirs}");
            }

            // Anvil's tries hold slots that are zero, against the yellow paper (4.1): where such a one is, the roots differ and the slots have to be compared.
            if (HashOf(theirs, "storageRoot") != proof.StorageRoot && changes.Accounts[changed[i]].Storage is { } storage)
            {
                UInt256[] keys = [.. storage.Keys];
                JsonElement[] slots = await peer.AskAllAsync(
                    [.. keys.Select(key => ("eth_getStorageAt", new JsonNode?[] { changed[i].ToString(), key.ToQuantity(), "latest" }))]);
                for (int k = 0; k < keys.Length; k++)
                {
                    UInt256 value = UInt256.Parse(slots[k].GetProperty("result").GetString());
                    if (value != storage[keys[k]])
                    {
                        text.AppendLine($"account {changed[i]}, slot {keys[k].ToQuantity()}: ours {storage[keys[k]].ToQuantity()}; anvil {value.ToQuantity()}");
                    }
                }
            }
        }

        return text.ToString();
    }

    /// <summary>Finds the first instruction at which the two sides part.</summary>
    private async Task TraceAsync(Peer peer, ChunkContext context, ChunkPrefix prefix, int index, StringBuilder text)
    {
        using BlockExecution execution = new();
        execution.Open(_tip, Chain.RulesAt(context.Timestamp), context.ToBlockContext());
        execution.RunSystemCalls(context.ParentHash, context.ParentBeaconBlockRoot);
        for (int i = 0; i < index; i++)
        {
            execution.Execute(prefix.Transactions[i]);
        }

        StepRecorder steps = new();
        execution.Execute(prefix.Transactions[index], steps);
        JsonElement trace = await peer.AskAsync(
            "debug_traceTransaction", prefix.Transactions[index].Hash.ToString(), new JsonObject { ["disableStorage"] = true, ["disableMemory"] = true });
        int at = 0;
        foreach (JsonElement step in trace.GetProperty("structLogs").EnumerateArray())
        {
            string theirs = $"depth {step.GetProperty("depth").GetInt32()} pc {step.GetProperty("pc").GetInt32()} {step.GetProperty("op").GetString()} gas {step.GetProperty("gas").GetInt64()}"
                + $" stack {string.Join(' ', step.GetProperty("stack").EnumerateArray().TakeLast(4).Select(word => UInt256.Parse(word.GetString()).ToQuantity()))}";
            if (at >= steps.Steps.Count || steps.Steps[at].Key != $"{step.GetProperty("depth").GetInt32()} {step.GetProperty("pc").GetInt32()} {step.GetProperty("gas").GetInt64()}")
            {
                text.AppendLine($"   step {at}: anvil {theirs}");
                for (int i = Math.Max(0, at - 4); i <= at && i < steps.Steps.Count; i++)
                {
                    text.AppendLine($"   step {i}: ours {steps.Steps[i].Text}");
                }

                return;
            }

            at++;
        }

        text.AppendLine($"   the same {at} steps (ours has {steps.Steps.Count})");
    }

    private sealed class StepRecorder : Tracer
    {
        public List<(string Key, string Text)> Steps { get; } = [];

        public override bool WantsSteps => true;

        public override void OnStep(in StepInfo step)
        {
            StringBuilder stack = new();
            foreach (UInt256 word in step.Stack[Math.Max(0, step.Stack.Length - 4)..])
            {
                stack.Append(' ').Append(word.ToQuantity());
            }

            Steps.Add(($"{step.Depth + 1} {step.Pc} {step.Gas}", $"depth {step.Depth + 1} pc {step.Pc} {step.Opcode} gas {step.Gas} stack{stack} in {step.Contract}"));
        }
    }
}
