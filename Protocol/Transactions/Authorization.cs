using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Transactions;

/// <summary>A signed permission to run an account with the code of another one (EIP-7702). One that does not verify is skipped, and does not fail its transaction.</summary>
/// <param name="ChainId">Where it holds; 0 for every chain.</param>
/// <param name="Address">Whose code to run; zero takes an earlier permission back.</param>
/// <param name="Nonce">What the signer's nonce must be.</param>
/// <param name="Signature">Of the signer. Its parts may be out of range: then the authorization is skipped.</param>
public readonly record struct Authorization(UInt256 ChainId, Address Address, ulong Nonce, Signature Signature)
{
    private const byte SigningPrefix = 0x05;

    /// <summary>What the signer signs: keccak256(0x05 || rlp([chain_id, address, nonce])).</summary>
    /// <returns>The digest.</returns>
    public Hash256 SigningHash()
    {
        using RlpWriter writer = RlpWriter.Rent();
        writer.WriteRaw(SigningPrefix);
        int list = writer.BeginList();
        writer.Write(ChainId);
        writer.Write(Address);
        writer.Write(Nonce);
        writer.EndList(list);
        return Keccak256.Hash(writer.WrittenSpan);
    }

    /// <summary>Signs an authorization.</summary>
    /// <param name="chainId">Where it holds; 0 for every chain.</param>
    /// <param name="address">Whose code to run.</param>
    /// <param name="nonce">What the signer's nonce will be.</param>
    /// <param name="privateKey">32 bytes.</param>
    /// <returns>The signed authorization.</returns>
    public static Authorization Sign(in UInt256 chainId, in Address address, ulong nonce, ReadOnlySpan<byte> privateKey)
    {
        Authorization unsigned = new(chainId, address, nonce, default);
        return unsigned with { Signature = Secp256k1.Sign(privateKey, unsigned.SigningHash()) };
    }

    /// <summary>Recovers who signed. High s and a nonce of 2^64 - 1 are refused (EIP-7702, behavior, steps 2 and 3).</summary>
    /// <param name="authority">The signer, or zero where the result is false.</param>
    /// <returns>False where the authorization has to be skipped.</returns>
    public bool TryRecoverAuthority(out Address authority)
    {
        authority = default;
        return Nonce < ulong.MaxValue && Secp256k1.TryRecover(SigningHash(), Signature, out authority);
    }
}
