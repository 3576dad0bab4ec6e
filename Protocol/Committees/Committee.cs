using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Committees;

/// <summary>The validators that may propose and attest in one epoch, in the order drawn. No address stands in it twice.</summary>
public sealed class Committee
{
    /// <summary>Most members: the length of a certificate's bitmap stays small, and a contract can still count it.</summary>
    public const int MaxSize = 1024;

    private readonly FrozenDictionary<Address, int> _positions;

    private Committee(ulong epoch, Hash256 seed, ImmutableArray<Address> members, FrozenDictionary<Address, int> positions, int? quorum = null)
    {
        Epoch = epoch;
        Seed = seed;
        Members = members;
        Quorum = quorum ?? Committees.Quorum.Of(members.Length);
        _positions = positions;
    }

    /// <summary>The epoch.</summary>
    public ulong Epoch { get; }

    /// <summary>The epoch's seed, which also chooses the proposers.</summary>
    public Hash256 Seed { get; }

    /// <summary>The members; a member's position is its bit in a certificate.</summary>
    public ImmutableArray<Address> Members { get; }

    /// <summary>How many members.</summary>
    public int Size => Members.Length;

    /// <summary>How many signers make a certificate.</summary>
    public int Quorum { get; }

    /// <summary>Draws an epoch's committee.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="validators">The validator set, in the registry's order, at the epoch's snapshot.</param>
    /// <param name="size">Members to draw.</param>
    /// <param name="seed">The epoch's seed, see <see cref="CommitteeRules.Seed"/>.</param>
    /// <returns>The committee, or why there is none.</returns>
    public static CommitteeResult Draw(ulong epoch, ReadOnlySpan<Address> validators, int size, in Hash256 seed)
    {
        if (size is < 1 or > MaxSize)
        {
            return new CommitteeResult.SizeOutOfRange(size);
        }

        if (validators.Length < size)
        {
            return new CommitteeResult.TooFewValidators(validators.Length, size);
        }

        ImmutableArray<Address>.Builder members = ImmutableArray.CreateBuilder<Address>(size);
        foreach (int position in CommitteeSampler.Sample(validators.Length, size, seed))
        {
            members.Add(validators[position]);
        }

        return Of(epoch, members.MoveToImmutable(), seed);
    }

    /// <summary>A committee whose members are known, as the contract reports them.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="members">The members in the order drawn.</param>
    /// <param name="seed">The epoch's seed.</param>
    /// <returns>The committee, or why it is none.</returns>
    public static CommitteeResult Of(ulong epoch, ImmutableArray<Address> members, in Hash256 seed)
    {
        if (members.IsDefault || members.Length is < 1 or > MaxSize)
        {
            return new CommitteeResult.SizeOutOfRange(members.IsDefault ? 0 : members.Length);
        }

        Dictionary<Address, int> positions = new(members.Length);
        for (int i = 0; i < members.Length; i++)
        {
            if (!positions.TryAdd(members[i], i))
            {
                return new CommitteeResult.Repeated(members[i]);
            }
        }

        return new CommitteeResult.Formed(new Committee(epoch, seed, members, positions.ToFrozenDictionary()));
    }

    /// <summary>The same committee with another quorum: a defect that a simulation plants.</summary>
    internal Committee WithQuorum(int quorum) => new(Epoch, Seed, Members, _positions, quorum);

    /// <summary>The position of a member.</summary>
    /// <param name="address">Any address.</param>
    /// <returns>From 0, or -1 for an address that is no member.</returns>
    public int IndexOf(in Address address) => _positions.TryGetValue(address, out int position) ? position : -1;

    /// <summary>The proposer of a slot: member number uint256(keccak256(abi.encode(uint256 epoch, uint256 slot, bytes32 seed))) mod n.</summary>
    /// <param name="slot">A slot of the epoch.</param>
    /// <returns>The one member that may propose in it.</returns>
    public Address ProposerAt(ulong slot)
    {
        Span<byte> message = stackalloc byte[96];
        message.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(message[24..], Epoch);
        BinaryPrimitives.WriteUInt64BigEndian(message[56..], slot);
        Seed.CopyTo(message[64..]);
        return Members[(int)CommitteeSampler.Remainder(Keccak256.Hash(message), (ulong)Members.Length)];
    }

    /// <summary>What the contract keeps of the committee.</summary>
    /// <returns><see cref="CommitteeTree.Commitment"/>.</returns>
    public Hash256 Commitment() => new CommitteeTree(this).Commitment;
}
