using Cloud.Execution.State.Tries;

namespace Cloud.Execution.State;

/// <summary>
/// A layer in the making: another thread puts the changes so far into the trie, while more of them are made. Only what comes last is left to do at the end.
/// Not safe for use by several threads.
/// </summary>
internal sealed class LayerExtension
{
    private readonly WorldState _world;
    private readonly StateLayer _parent;
    private readonly ulong _blockNumber;
    private readonly LayerMerge _merge;
    private readonly object _maker = new();
    private TrieSlot _root;
    private bool _isDiscarded;
    private LayerUpdate? _update;
    private Task _running = Task.CompletedTask;

    public LayerExtension(WorldState world, StateLayer parent, ulong blockNumber)
    {
        _world = world;
        _parent = parent;
        _blockNumber = blockNumber;
        _merge = new LayerMerge(world.ExpectedAccounts);
        _isDiscarded = parent.Trie is null;
        _root = parent.Trie?.Slot ?? default;
    }

    /// <summary>Whether the changes so far are in the trie: then it is worth to bring more.</summary>
    public bool IsIdle => _running.IsCompleted;

    /// <summary>Takes some changes, which follow those before.</summary>
    /// <param name="changes">What changes.</param>
    /// <param name="isLast">Whether nothing follows.</param>
    public void Add(StateChanges changes, bool isLast = false)
    {
        Task before = _running;
        _running = before.IsCompleted
            ? Task.Run(() => Apply(before, changes, isLast))
            : before.ContinueWith(done => Apply(done, changes, isLast), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Makes the layer, after the last changes.</summary>
    /// <param name="all">All changes, joined.</param>
    /// <returns>The layer with all changes; null where the fork was discarded.</returns>
    public StateLayer? Complete(out StateChanges all)
    {
        Wait();
        all = _merge.Changes;
        _world.ExpectedAccounts = all.Accounts.Count;
        return _update is null ? null : _world.TryStack(_parent, _blockNumber, in _root, _update);
    }

    /// <summary>Waits until no other thread is at work for it. What went wrong there is thrown here.</summary>
    public void Wait() => _running.GetAwaiter().GetResult();

    private void Apply(Task before, StateChanges changes, bool isLast)
    {
        before.GetAwaiter().GetResult();
        if (!_isDiscarded && _world.TryApply(_parent, ref _root, changes, alone: true, _maker) is { } update)
        {
            _merge.Add(update);
            _update = isLast ? _merge.ToUpdate() : null;
        }
        else
        {
            _isDiscarded = true;
        }
    }
}
