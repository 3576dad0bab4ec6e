using Cloud.Execution.Processing;
using Cloud.Execution.State;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Replica.Genesis;

/// <summary>Block 0 of a rollup.</summary>
public static class GenesisBlock
{
    // Runtime code of the system contracts as their EIPs publish it (EIP-4788 and EIP-2935).
    private const string BeaconRootsCode =
        "0x3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500";

    private const string BlockHashHistoryCode =
        "0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";

    /// <summary>The accounts that every chain has: the contracts that the protocol calls at the start of each block.</summary>
    public static IReadOnlyList<GenesisAccount> SystemAccounts { get; } =
    [
        new(SystemContracts.BeaconRoots, UInt256.Zero, 1, Bytes.FromHex(BeaconRootsCode)),
        new(SystemContracts.BlockHashHistory, UInt256.Zero, 1, Bytes.FromHex(BlockHashHistoryCode)),
    ];

    /// <summary>The state of block 0 as changes to an empty one. System contracts are added where the configuration does not name them.</summary>
    /// <param name="genesis">The rollup.</param>
    /// <returns>The changes.</returns>
    public static StateChanges ChangesOf(GenesisConfig genesis)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        StateChanges changes = new();
        foreach (GenesisAccount account in SystemAccounts.Concat(genesis.Accounts))
        {
            Hash256 codeHash = Keccak256.OfEmpty;
            if (!account.Code.IsEmpty)
            {
                codeHash = Keccak256.Hash(account.Code.Span);
                changes.Code[codeHash] = account.Code.Memory;
            }

            Address address = account.Address;
            AccountChange change = changes.For(in address);
            change.After = new Account(account.Nonce, account.Balance, codeHash);
            change.Storage = account.Storage is { IsEmpty: false } storage
                ? storage.Where(slot => !slot.Value.IsZero).ToDictionary(slot => slot.Key, slot => slot.Value)
                : null;
        }

        return changes;
    }

    /// <summary>The header of block 0. It binds the committee's randomness and the rollup contract, so that two rollups never share a block.</summary>
    /// <param name="genesis">The rollup.</param>
    /// <param name="stateRoot">Root of its state.</param>
    /// <returns>The header.</returns>
    public static BlockHeader HeaderOf(GenesisConfig genesis, in Hash256 stateRoot)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        Protocol.Time.ConsensusTimetable timetable = Protocol.Time.ConsensusTimetable.Create(genesis.Timing).OrThrow();
        ulong first = timetable.ChunkTimestamp(0, 0);
        return new BlockHeader
        {
            StateRoot = stateRoot,
            Number = 0,
            GasLimit = genesis.GasLimit,
            // Earlier than every chunk.
            Timestamp = first > 0 ? first - 1 : 0,
            BaseFeePerGas = genesis.Fees.InitialBaseFee,
            PrevRandao = genesis.Randao,
            ExtraData = Bytes.CopyOf(Address.AsSpan(genesis.Rollup)),
            RequestsHash = KnownHashes.EmptyRequests,
        };
    }
}
