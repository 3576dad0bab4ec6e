using System.Collections.Immutable;

namespace Cloud.Settlement.L1;

/// <summary>Follows L1's head by parent hashes, so that a reorg is seen whatever a node says about it. Not thread-safe.</summary>
/// <remarks>A node's subscriptions are no proof: some report lower heads after a reorg, and nothing after a rollback.</remarks>
public sealed class L1HeadTracker
{
    private readonly IL1Client _client;
    private readonly int _depth;
    private readonly List<L1Block> _chain = [];

    /// <summary>Makes a tracker that knows nothing yet.</summary>
    /// <param name="client">L1.</param>
    /// <param name="depth">How many blocks to remember: the deepest reorg that is understood.</param>
    public L1HeadTracker(IL1Client client, int depth = 128)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 2);
        _client = client;
        _depth = depth;
    }

    /// <summary>Makes a tracker that knows one block, so that everything above it is told as new.</summary>
    /// <param name="client">L1.</param>
    /// <param name="start">The block.</param>
    /// <param name="depth">How many blocks to remember: the deepest reorg that is understood.</param>
    public L1HeadTracker(IL1Client client, L1Block start, int depth = 128)
        : this(client, depth)
    {
        ArgumentNullException.ThrowIfNull(start);
        _chain.Add(start);
    }

    /// <summary>The newest block seen; null before the first look.</summary>
    public L1Block? Head => _chain.Count == 0 ? null : _chain[^1];

    /// <summary>The block remembered at a height.</summary>
    /// <param name="number">The height.</param>
    /// <returns>The block; null where it is not remembered.</returns>
    public L1Block? At(ulong number) => _chain.Count > 0 && number >= _chain[0].Number && number <= _chain[^1].Number ? _chain[(int)(number - _chain[0].Number)] : null;

    /// <summary>Looks at the head once.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The change, empty where there is none; or why L1 did not answer, with nothing changed.</returns>
    public async Task<L1Result<L1HeadChange>> PollAsync(CancellationToken cancellationToken = default)
    {
        L1Result<L1Block?> latest = await _client.GetBlockAsync(BlockTag.Latest, cancellationToken).ConfigureAwait(false);
        if (!latest.TryGet(out L1Block? head, out L1Failure? failure) && failure is not null)
        {
            return new L1Result<L1HeadChange>.Failed(failure);
        }

        if (head is null)
        {
            return new L1Result<L1HeadChange>.Failed(new L1Failure.Lie(_client.Endpoint, "it has no newest block"));
        }

        List<L1Block> added = [];
        L1Block block = head;
        while (!IsKnown(block))
        {
            added.Add(block);
            if (_chain.Count == 0 || added.Count >= _depth || block.Number <= _chain[0].Number)
            {
                return Replace(added, isComplete: _chain.Count == 0);
            }

            L1Result<L1Block?> parent = await _client.GetBlockAsync(block.ParentHash, cancellationToken).ConfigureAwait(false);
            if (!parent.TryGet(out L1Block? below, out failure) && failure is not null)
            {
                return new L1Result<L1HeadChange>.Failed(failure);
            }

            if (below is null || below.Hash != block.ParentHash || below.Number + 1 != block.Number)
            {
                return new L1Result<L1HeadChange>.Failed(new L1Failure.Lie(_client.Endpoint, $"block {block.Number} has no parent {block.ParentHash}"));
            }

            block = below;
        }

        int keep = (int)(block.Number - _chain[0].Number) + 1;
        ImmutableArray<L1Block> removed = [.. Enumerable.Reverse(_chain[keep..])];
        _chain.RemoveRange(keep, _chain.Count - keep);
        added.Reverse();
        _chain.AddRange(added);
        if (_chain.Count > _depth)
        {
            _chain.RemoveRange(0, _chain.Count - _depth);
        }

        return new L1Result<L1HeadChange>.Ok(new L1HeadChange(removed, [.. added]));
    }

    private bool IsKnown(L1Block block) => At(block.Number)?.Hash == block.Hash;

    private L1Result<L1HeadChange>.Ok Replace(List<L1Block> added, bool isComplete)
    {
        ImmutableArray<L1Block> removed = [.. Enumerable.Reverse(_chain)];
        added.Reverse();
        _chain.Clear();
        _chain.AddRange(added);
        return new L1Result<L1HeadChange>.Ok(new L1HeadChange(removed, [.. added], isComplete));
    }
}
