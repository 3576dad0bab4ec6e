using Cloud.Execution.Evm;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Precompiles;

/// <summary>The precompiled contracts of one fork by address.</summary>
internal sealed class PrecompileTable
{
    private const int P256Address = 0x100;

    private static readonly PrecompileTable[] Tables =
        [new PrecompileTable(ForkRules.Cancun), new PrecompileTable(ForkRules.Prague), new PrecompileTable(ForkRules.Osaka)];

    private readonly Precompile?[] _byNumber = new Precompile?[P256Address + 1];

    private PrecompileTable(ForkRules rules)
    {
        _byNumber[1] = new EcRecover();
        _byNumber[2] = new Sha256();
        _byNumber[3] = new Ripemd160();
        _byNumber[4] = new Identity();
    }

    /// <summary>The table of a fork.</summary>
    public static PrecompileTable Of(ForkRules rules) => Tables[(int)rules.Fork];

    /// <summary>The contract at an address, or null.</summary>
    public Precompile? Find(in Address address)
    {
        ReadOnlySpan<byte> bytes = Address.AsSpan(in address);
        int number = (bytes[18] << 8) | bytes[19];
        return number <= P256Address && _byNumber[number] is { } found && !bytes[..18].ContainsAnyExcept((byte)0) ? found : null;
    }

    /// <summary>Whether a contract stands at the address in a stack word's low 160 bits. Such accounts are always warm (EIP-2929).</summary>
    public bool Contains(in UInt256 word) => word.U1 == 0 && (uint)word.U2 == 0 && word.U0 <= P256Address && _byNumber[(int)word.U0] is not null;
}
