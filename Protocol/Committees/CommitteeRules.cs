using System.Buffers.Binary;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Committees;

/// <summary>How committees are drawn. Consensus values; the rollup contract has the same ones.</summary>
/// <param name="SlotsPerEpoch">Slots of an epoch, from 1 to 65,536. Committee and seed are the same for all of them.</param>
/// <param name="CommitteeSize">Members, from 1 to <see cref="Committee.MaxSize"/>.</param>
/// <param name="ValidatorSetLag">An epoch draws from the validator set as it was at the start of the epoch this many before. Above 0, so that the set is final before the epoch.</param>
/// <param name="RandaoLag">An epoch uses the L1 randomness of the epoch this many before; at most <paramref name="ValidatorSetLag"/>, so that nobody who knows it can still join.</param>
public sealed record CommitteeRules(int SlotsPerEpoch, int CommitteeSize, int ValidatorSetLag, int RandaoLag)
{
    /// <summary>Epochs of 32 slots, 48 members, both lags 2.</summary>
    public static CommitteeRules Default { get; } = new(SlotsPerEpoch: 32, CommitteeSize: 48, ValidatorSetLag: 2, RandaoLag: 2);

    /// <summary>Names the first value that is outside its range.</summary>
    /// <returns>A sentence with the option's name, or null where all are inside.</returns>
    public string? Check() =>
        SlotsPerEpoch is < 1 or > 65_536 ? $"{nameof(SlotsPerEpoch)} is {SlotsPerEpoch}, not from 1 to 65,536."
        : CommitteeSize is < 1 or > Committee.MaxSize ? $"{nameof(CommitteeSize)} is {CommitteeSize}, not from 1 to {Committee.MaxSize}."
        : ValidatorSetLag is < 1 or > 255 ? $"{nameof(ValidatorSetLag)} is {ValidatorSetLag}, not from 1 to 255."
        : RandaoLag < 1 || RandaoLag > ValidatorSetLag ? $"{nameof(RandaoLag)} is {RandaoLag}, not from 1 to {nameof(ValidatorSetLag)}, {ValidatorSetLag}."
        : null;

    /// <summary>The epoch of a slot.</summary>
    /// <param name="slot">Any slot number.</param>
    /// <returns>Counted from 0.</returns>
    public ulong EpochOf(ulong slot) => slot / (ulong)SlotsPerEpoch;

    /// <summary>The epoch whose start fixes the validator set of an epoch.</summary>
    /// <param name="epoch">Any epoch.</param>
    /// <returns>The epoch <see cref="ValidatorSetLag"/> before; the first epochs use the set at genesis.</returns>
    public ulong ValidatorSetEpoch(ulong epoch) => epoch > (ulong)ValidatorSetLag ? epoch - (ulong)ValidatorSetLag : 0;

    /// <summary>The epoch whose L1 randomness seeds an epoch.</summary>
    /// <param name="epoch">Any epoch.</param>
    /// <returns>The epoch <see cref="RandaoLag"/> before; the first epochs use the randomness at genesis.</returns>
    public ulong RandaoEpoch(ulong epoch) => epoch > (ulong)RandaoLag ? epoch - (ulong)RandaoLag : 0;

    /// <summary>The seed of an epoch: keccak256(abi.encode(uint256 epoch, bytes32 randao)).</summary>
    /// <param name="epoch">Any epoch.</param>
    /// <param name="randao">PREVRANDAO of the first L1 block of <see cref="RandaoEpoch"/>.</param>
    /// <returns>The seed for <see cref="CommitteeSampler"/>.</returns>
    public static Hash256 Seed(ulong epoch, in Hash256 randao)
    {
        Span<byte> message = stackalloc byte[64];
        message.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(message[24..], epoch);
        randao.CopyTo(message[32..]);
        return Keccak256.Hash(message);
    }
}
