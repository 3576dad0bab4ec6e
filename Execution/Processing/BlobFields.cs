using System.Collections.Immutable;
using Cloud.Protocol;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Processing;

/// <summary>What only a blob transaction has (EIP-4844). The product refuses those on L2; the published tests run them, and so does a chain that allows them.</summary>
/// <param name="MaxFeePerBlobGas">Highest price per blob gas in wei.</param>
/// <param name="Hashes">Versioned hashes of the blobs.</param>
internal sealed record BlobFields(UInt256 MaxFeePerBlobGas, ImmutableArray<Hash256> Hashes)
{
    public const ulong GasPerBlob = 1 << 17;
    private const byte KzgVersion = 1;

    /// <summary>Gas that the blobs use.</summary>
    public ulong Gas => (ulong)Hashes.Length * GasPerBlob;

    /// <summary>Price of blob gas (EIP-4844; update fraction by EIP-7691 from Prague on).</summary>
    public static UInt256 BaseFee(ulong excessBlobGas, Fork fork)
    {
        UInt256 fraction = fork >= Fork.Prague ? 5_007_716UL : 3_338_477UL;
        UInt256 output = UInt256.Zero;
        UInt256 term = fraction;
        for (ulong i = 1; !term.IsZero; i++)
        {
            output += term;
            term = term * (UInt256)excessBlobGas / (fraction * (UInt256)i);
        }

        return output / fraction;
    }

    /// <summary>Checks what needs no state.</summary>
    public ExecutionRefusal? Check(bool creates, in UInt256 baseFee, Fork fork)
    {
        int limit = fork >= Fork.Prague ? 9 : 6;
        if (creates)
        {
            return new ExecutionRefusal.InvalidBlobs("blob transaction of type create");
        }

        if (Hashes.IsEmpty)
        {
            return new ExecutionRefusal.InvalidBlobs("blob transaction missing blob hashes");
        }

        if (Hashes.Length > limit)
        {
            return new ExecutionRefusal.InvalidBlobs($"blob transaction has too many blobs: {Hashes.Length}, limit {limit}");
        }

        foreach (Hash256 hash in Hashes)
        {
            if (Hash256.AsSpan(in hash)[0] != KzgVersion)
            {
                return new ExecutionRefusal.InvalidBlobs($"blob {hash} has invalid hash version");
            }
        }

        return MaxFeePerBlobGas < baseFee
            ? new ExecutionRefusal.InvalidBlobs($"max fee per blob gas less than block blob gas fee: maxFeePerBlobGas {MaxFeePerBlobGas}, blobBaseFee {baseFee}")
            : null;
    }
}
