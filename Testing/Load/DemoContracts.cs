using System.Text;
using System.Text.Json;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Testing.Load;

/// <summary>Uniswap V2 from its published artifacts: factory, router and two tokens with a pool, at the addresses that one owner's first transactions give them.</summary>
internal sealed class DemoContracts
{
    private const ulong DeployGas = 6_000_000;
    private const ulong CallGas = 4_000_000;
    private static readonly UInt256 Supply = UInt256.Parse("1000000000000000000000000000");
    private static readonly UInt256 Liquidity = UInt256.Parse("100000000000000000000000000");
    private static readonly UInt256 Share = UInt256.Parse("1000000000000000000000");

    private readonly string _folder;
    private readonly Address _owner;
    private readonly List<DemoCall> _setup = [];

    private DemoContracts(string folder, TestAccount owner, IReadOnlyList<TestAccount> traders)
    {
        _folder = folder;
        _owner = owner.Address;
        Address factory = Create(owner, "v2-core/build/UniswapV2Factory.json", Word(owner.Address));
        First = Create(owner, "v2-core/build/ERC20.json", Word(Supply));
        Second = Create(owner, "v2-core/build/ERC20.json", Word(Supply));
        Address weth = Create(owner, "v2-periphery/build/WETH9.json", []);
        Router = Create(owner, "v2-periphery/build/UniswapV2Router02.json", [.. Word(factory), .. Word(weth)]);
        foreach (Address token in (Address[])[First, Second])
        {
            Call(owner, token, "approve(address,uint256)", Word(Router), Word(UInt256.MaxValue));
        }

        Call(
            owner, Router, "addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)",
            Word(First), Word(Second), Word(Liquidity), Word(Liquidity), Word(0), Word(0), Word(owner.Address), Word(UInt256.MaxValue));
        foreach (TestAccount trader in traders)
        {
            foreach (Address token in (Address[])[First, Second])
            {
                Call(owner, token, "transfer(address,uint256)", Word(trader.Address), Word(Share));
                Call(trader, token, "approve(address,uint256)", Word(Router), Word(UInt256.MaxValue));
            }
        }
    }

    /// <summary>One token of the pool.</summary>
    internal Address First { get; }

    /// <summary>The other one.</summary>
    internal Address Second { get; }

    /// <summary>The router.</summary>
    internal Address Router { get; }

    /// <summary>What deploys all of it and gives each trader of both tokens, in order.</summary>
    internal IReadOnlyList<DemoCall> Setup => _setup;

    /// <summary>Reads the artifacts.</summary>
    /// <param name="owner">Who deploys, with its first transactions.</param>
    /// <param name="traders">Who trades.</param>
    /// <returns>Null where they are not installed.</returns>
    internal static DemoContracts? TryLoad(TestAccount owner, IReadOnlyList<TestAccount> traders)
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string folder = Path.Combine(at.FullName, "bench", "uniswap", "node_modules", "@uniswap");
            if (Directory.Exists(folder))
            {
                return new DemoContracts(folder, owner, traders);
            }
        }

        return null;
    }

    /// <summary>Data of a token transfer.</summary>
    internal static byte[] TransferData(Address to, in UInt256 amount) => [.. Selector("transfer(address,uint256)"), .. Word(to), .. Word(amount)];

    /// <summary>Data of a swap of one token for the other.</summary>
    internal byte[] SwapData(bool there, in UInt256 amount, Address to) =>
    [
        .. Selector("swapExactTokensForTokens(uint256,uint256,address[],address,uint256)"), .. Word(amount), .. Word(0), .. Word(5 * 32), .. Word(to), .. Word(UInt256.MaxValue),
        .. Word(2), .. Word(there ? First : Second), .. Word(there ? Second : First),
    ];

    private static byte[] Selector(string signature) => Keccak256.Hash(Encoding.ASCII.GetBytes(signature)).ToArray()[..4];

    private static byte[] Word(in UInt256 value)
    {
        byte[] word = new byte[UInt256.Length];
        value.WriteBigEndian(word);
        return word;
    }

    private static byte[] Word(in Address address) => [.. new byte[12], .. address.ToArray()];

    private Address Create(TestAccount owner, string artifact, byte[] arguments)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, artifact)));
        string code = document.RootElement.GetProperty("bytecode").GetString()!;
        int nonce = _setup.Count(step => step.From == owner);
        _setup.Add(new DemoCall(owner, null, [.. Convert.FromHexString(code.StartsWith("0x", StringComparison.Ordinal) ? code[2..] : code), .. arguments], DeployGas));

        // The contract's address: rlp([owner, nonce]) of a nonce below 128.
        return new Address(Keccak256.Hash([0xd6, 0x94, .. _owner.ToArray(), nonce == 0 ? (byte)0x80 : (byte)nonce]).ToArray().AsSpan(12));
    }

    private void Call(TestAccount from, in Address to, string signature, params byte[][] arguments) =>
        _setup.Add(new DemoCall(from, to, [.. Selector(signature), .. arguments.SelectMany(argument => argument)], CallGas));
}
