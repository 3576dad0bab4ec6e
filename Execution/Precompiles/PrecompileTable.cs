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
        _byNumber[5] = new ModExp(rules.HasModExpBounds);
        _byNumber[6] = new Bn254Add();
        _byNumber[7] = new Bn254Mul();
        _byNumber[8] = new Bn254Pairing();
        _byNumber[9] = new Blake2F();
        _byNumber[10] = new PointEvaluation();
        if (rules.HasBlsPrecompiles)
        {
            _byNumber[11] = Bls12381Operation.G1Add;
            _byNumber[12] = Bls12381Operation.G1Msm;
            _byNumber[13] = Bls12381Operation.G2Add;
            _byNumber[14] = Bls12381Operation.G2Msm;
            _byNumber[15] = Bls12381Operation.PairingCheck;
            _byNumber[16] = Bls12381Operation.MapFpToG1;
            _byNumber[17] = Bls12381Operation.MapFp2ToG2;
        }

        if (rules.HasP256Precompile)
        {
            _byNumber[P256Address] = new P256Verify();
        }
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
