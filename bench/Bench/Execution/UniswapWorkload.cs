using System.Text.Json;
using Cloud.Execution.Evm;
using Cloud.Execution.Journal;
using Cloud.Execution.Processing;
using Cloud.Execution.Simulation;
using Cloud.Execution.State;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Bench.Execution;

/// <summary>A real Uniswap V2: factory, router and tokens from the published artifacts, a pool with liquidity, and a trader that swaps to and fro through the router.</summary>
internal sealed class UniswapWorkload
{
    /// <summary>Swaps to and fro in one call.</summary>
    public const int Rounds = 40;

    private const ulong Gas = 16_000_000;

    private readonly string _folder;
    private readonly Address _owner = Address.Parse("0x00000000000000000000000000000000000a11ce");
    private readonly List<(Address From, Address? To, byte[] Data)> _setup = [];
    private readonly Address _router;
    private readonly Address _first;
    private readonly Address _second;

    private UniswapWorkload(string folder)
    {
        _folder = folder;
        byte[] supply = Word(UInt256.Parse("1000000000000000000000000000"));
        Address factory = Create("v2-core/build/UniswapV2Factory.json", Word(_owner));
        _first = Create("v2-core/build/ERC20.json", supply);
        _second = Create("v2-core/build/ERC20.json", supply);
        Address weth = Create("v2-periphery/build/WETH9.json", []);
        _router = Create("v2-periphery/build/UniswapV2Router02.json", [.. Word(factory), .. Word(weth)]);
        foreach (Address token in (Address[])[_first, _second])
        {
            Call(_owner, token, "transfer(address,uint256)", Word(Trader), Word(UInt256.Parse("1000000000000000000000000")));
            Call(_owner, token, "approve(address,uint256)", Word(_router), Word(UInt256.MaxValue));
            Call(Trader, token, "approve(address,uint256)", Word(_router), Word(UInt256.MaxValue));
        }

        byte[] liquidity = Word(UInt256.Parse("100000000000000000000000000"));
        Call(
            _owner, _router, "addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)", Word(_first), Word(_second), liquidity, liquidity, Word(0), Word(0), Word(_owner),
            Word(UInt256.MaxValue));
        Code = Loop();
        byte[] there = Swap(_first, _second);
        Input = [.. Word((UInt256)(ulong)Rounds), .. there, .. Swap(_second, _first)];
    }

    /// <summary>Who swaps: gets <see cref="Code"/> once its money is approved.</summary>
    public Address Trader { get; } = Address.Parse("0x00000000000000000000000000000000007ade50");

    /// <summary>Code that makes as many swaps as its input says, and returns what the last one returned.</summary>
    public byte[] Code { get; }

    /// <summary>The number of rounds and the two calls of the router.</summary>
    public byte[] Input { get; }

    /// <summary>Prepares the workload.</summary>
    /// <returns>Null where the artifacts are not installed: npm ci in bench/uniswap does that.</returns>
    public static UniswapWorkload? TryLoad()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string folder = Path.Combine(at.FullName, "bench", "uniswap", "node_modules", "@uniswap");
            if (Directory.Exists(folder))
            {
                return new UniswapWorkload(folder);
            }
        }

        return null;
    }

    /// <summary>Deploys here.</summary>
    /// <returns>The state to run on.</returns>
    public IStateReader Deploy(BlockExecution execution, BlockContext block)
    {
        execution.Open(EmptyState.Instance, ForkRules.Cancun, block);
        foreach ((Address from, Address? to, byte[] data) in _setup)
        {
            if (execution.Simulate(new TransactionFields { To = to, Data = data, GasLimit = Gas }, in from, keep: true) is not TransactionResult.Included { Receipt.Succeeded: true })
            {
                throw new InvalidOperationException($"A step of Uniswap's deployment failed: {from} to {to}.");
            }
        }

        OverlaidState deployed = new(EmptyState.Instance, execution.TakeChanges());
        return new OverlaidState(deployed, StateOverrides.ToChanges(deployed, [KeyValuePair.Create(Trader, new StateOverride { Code = Code })]));
    }

    /// <summary>Deploys on anvil.</summary>
    public async Task DeployAsync(Anvil anvil, CancellationToken cancellation)
    {
        foreach ((Address from, Address? to, byte[] data) in _setup)
        {
            await anvil.SendAsync(from, to, data, Gas, cancellation);
        }

        await anvil.SetCodeAsync(Trader, Code, cancellation);
    }

    private static byte[] Word(in UInt256 value)
    {
        byte[] word = new byte[UInt256.Length];
        value.WriteBigEndian(word);
        return word;
    }

    private static byte[] Word(in Address address) => [.. new byte[12], .. address.ToArray()];

    private static byte[] Selector(string signature) => Keccak256.Hash(System.Text.Encoding.ASCII.GetBytes(signature)).ToArray()[..4];

    private byte[] Swap(in Address from, in Address to) =>
    [
        .. Selector("swapExactTokensForTokens(uint256,uint256,address[],address,uint256)"), .. Word(1_000_000_000UL), .. Word(0), .. Word(5 * 32), .. Word(Trader), .. Word(UInt256.MaxValue),
        .. Word(2), .. Word(from), .. Word(to),
    ];

    // Both calls have 260 bytes: the input goes to memory behind its first word, and each round calls the router with one half and the other.
    private byte[] Loop()
    {
        const byte Fail = 0x65;
        List<byte> code = [];
        code.AddRange([0x61, 0x02, 0x08, 0x60, 0x20, 0x5f, 0x37]); // CALLDATACOPY(0, 32, 520)
        code.AddRange([0x5f, 0x35]); // the count
        code.Add(0x5b); // at 9
        foreach (ushort offset in (ushort[])[0, 260])
        {
            code.AddRange([0x5f, 0x5f, 0x61, 0x01, 0x04, 0x61, (byte)(offset >> 8), (byte)offset, 0x5f, 0x73, .. _router.ToArray(), 0x5a, 0xf1]); // CALL
            code.AddRange([0x15, 0x60, Fail, 0x57]); // to the end where it failed
        }

        code.AddRange([0x60, 0x01, 0x90, 0x03, 0x80, 0x60, 0x09, 0x57]); // one less, and again
        code.AddRange([0x3d, 0x5f, 0x5f, 0x3e, 0x3d, 0x5f, 0xf3]); // RETURN what was returned last
        while (code.Count < Fail)
        {
            code.Add(0x00);
        }

        code.AddRange([0x5b, 0xfe]);
        return [.. code];
    }

    private Address Create(string artifact, byte[] arguments)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, artifact)));
        string code = document.RootElement.GetProperty("bytecode").GetString()!;
        Address address = ContractAddress((ulong)_setup.Count);
        _setup.Add((_owner, null, [.. Convert.FromHexString(code.StartsWith("0x", StringComparison.Ordinal) ? code[2..] : code), .. arguments]));
        return address;
    }

    private void Call(in Address from, in Address to, string signature, params byte[][] arguments) =>
        _setup.Add((from, to, [.. Selector(signature), .. arguments.SelectMany(argument => argument)]));

    // rlp([owner, nonce]) of a nonce below 128.
    private Address ContractAddress(ulong nonce) =>
        new(Keccak256.Hash([0xd6, 0x94, .. _owner.ToArray(), nonce == 0 ? (byte)0x80 : (byte)nonce]).ToArray().AsSpan(12));
}
