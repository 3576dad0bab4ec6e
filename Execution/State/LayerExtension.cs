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
    private readonly LayerMerge _merge = new();
    private readonly object _maker = new();
    private TrieSlot _root;
    private bool _isDiscarded;
    private bool _isAnyApplied;
    private Task _running = Task.CompletedTask;

    public LayerExtension(WorldState world, StateLayer parent, ulong blockNumber)
    {
        _world = world;
        _parent = parent;
        _blockNumber = blockNumber;
        _isDiscarded = parent.Trie is null;
        _root = parent.Trie?.Slot ?? default;
    }

    /// <summary>Whether the changes so far are in the trie: then it is worth to bring more.</summary>
    public bool IsIdle => _running.IsCompleted;

    /// <summary>Takes some changes, which follow those before.</summary>
    public void Add(StateChanges changes)
    {
        Task before = _running;
        _running = before.IsCompleted
            ? Task.Run(() => ApplyAfter(before, changes))
            : before.ContinueWith(done => ApplyAfter(done, changes), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Takes the last changes, and makes the layer.</summary>
    /// <param name="last">What is left; may be empty.</param>
    /// <param name="all">All changes, joined.</param>
    /// <returns>The layer with all changes; null where the fork was discarded.</returns>
    public StateLayer? Complete(StateChanges last, out StateChanges all)
    {
        Wait();
        all = last;
        if (!_isAnyApplied && !_isDiscarded)
        {
            return _world.TryExtend(_parent, last, _blockNumber);
        }

        Apply(last, alone: false);
        all = _merge.Changes;
        return _isDiscarded ? null : _world.TryStack(_parent, _blockNumber, in _root, _merge.ToUpdate());
    }

    /// <summary>Waits until no other thread is at work for it. What went wrong there is thrown here.</summary>
    public void Wait() => _running.GetAwaiter().GetResult();

    private void ApplyAfter(Task before, StateChanges changes)
    {
        before.GetAwaiter().GetResult();
        Apply(changes, alone: true);
    }

    private void Apply(StateChanges changes, bool alone)
    {
        if (_isDiscarded || changes.Accounts.Count == 0)
        {
            return;
        }

        if (_world.TryApply(_parent, ref _root, changes, alone, _maker) is { } update)
        {
            _merge.Add(update);
            _isAnyApplied = true;
        }
        else
        {
            _isDiscarded = true;
        }
    }
}
