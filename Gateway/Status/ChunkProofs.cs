using System.Collections.Immutable;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Gateway.Status;

/// <summary>Signed messages about a chunk, without its transactions: those are in its block, from which the messages are put together again. So what is kept does not grow with the load.</summary>
internal sealed class ChunkProofs
{
    /// <summary>About what is kept of a flashblock, in bytes: two filters over logs and a dozen hashes.</summary>
    private const int FlashblockLength = 1024;
    private const int ProposalLength = 1536;
    private const int CertificateLength = 4096;

    private readonly List<SignedFlashblock> _flashblocks = [];
    private ChunkProposal? _proposal;
    private Hash256 _proposalHash;

    public bool HasProposal => _proposal is not null;

    public ChunkCertificate? Certificate { get; private set; }

    /// <summary>About how many bytes they take.</summary>
    public long Bytes { get; private set; }

    /// <summary>Keeps a flashblock.</summary>
    /// <param name="flashblock">The flashblock.</param>
    /// <param name="first">Place of its first transaction in the block.</param>
    public void Add(Flashblock flashblock, int first)
    {
        FlashblockPayload payload = flashblock.Payload;
        _flashblocks.Add(new SignedFlashblock(payload.Hash, flashblock with { Payload = WithTransactions(payload, []) }, first, payload.Diff.Transactions.Length));
        Bytes += FlashblockLength;
    }

    public void Add(ChunkProposal proposal)
    {
        _proposal = new ChunkProposal(proposal.Context, WithTransactions(proposal.Header, []), proposal.Signature);
        _proposalHash = proposal.Header.Hash;
        Bytes += ProposalLength;
    }

    public void Add(ChunkCertificate certificate)
    {
        Certificate = certificate;
        Bytes += CertificateLength;
    }

    /// <summary>Whether a flashblock is here.</summary>
    public bool HasFlashblock(Hash256 payloadHash) => _flashblocks.Exists(flashblock => flashblock.Hash == payloadHash);

    /// <summary>The flashblock that has a transaction, as it was signed.</summary>
    /// <param name="transactions">The block's transactions, at least those up to this flashblock's last.</param>
    /// <param name="index">The transaction's place among them.</param>
    /// <returns>Null where it is not kept, or where the block has others than those that were shown.</returns>
    public Flashblock? FlashblockWith(ImmutableArray<Transaction> transactions, int index)
    {
        foreach (SignedFlashblock kept in _flashblocks)
        {
            if (index >= kept.First && index < kept.First + kept.Count && kept.First + kept.Count <= transactions.Length)
            {
                ImmutableArray<Bytes> raw = [.. transactions.AsSpan(kept.First, kept.Count).ToArray().Select(transaction => transaction.Raw)];
                Flashblock whole = kept.Flashblock with { Payload = WithTransactions(kept.Flashblock.Payload, raw) };
                return whole.Payload.Hash == kept.Hash ? whole : null;
            }
        }

        return null;
    }

    /// <summary>The proposal as it was signed.</summary>
    /// <param name="transactions">The block's transactions.</param>
    /// <returns>Null where it is not kept, or was made over others.</returns>
    public ChunkProposal? Proposal(ImmutableArray<Transaction> transactions)
    {
        if (_proposal is not { } kept)
        {
            return null;
        }

        ChunkHeader header = WithTransactions(kept.Header, [.. transactions.Select(transaction => transaction.Hash)]);
        return header.Hash == _proposalHash ? new ChunkProposal(kept.Context, header, kept.Signature) : null;
    }

    private static FlashblockPayload WithTransactions(FlashblockPayload payload, ImmutableArray<Bytes> transactions) => new(
        payload.Slot,
        payload.Producer,
        payload.Chunk,
        payload.Index,
        payload.PayloadId,
        payload.BlockNumber,
        payload.Previous,
        payload.IsLast,
        payload.EmittedAt,
        payload.Base,
        payload.Diff with { Transactions = transactions });

    private static ChunkHeader WithTransactions(ChunkHeader header, ImmutableArray<Hash256> transactions) =>
        new(header.Slot, header.Producer, header.Index, header.IsLast, header.InHash, header.Block, transactions);

    private sealed record SignedFlashblock(Hash256 Hash, Flashblock Flashblock, int First, int Count);
}
