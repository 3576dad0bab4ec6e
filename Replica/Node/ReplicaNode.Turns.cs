using Cloud.Replica.Events;

namespace Cloud.Replica.Node;

/// <content>Inputs one after the other; what follows from them is shown once they are durable.</content>
public sealed partial class ReplicaNode
{
    private const int MaxTurn = 256;

    private readonly Lock _inboxGate = new();
    private readonly Queue<IInput> _inbox = [];
    private readonly List<IInput> _turn = [];
    private readonly List<byte[]> _records = [];
    private readonly List<ReplicaEvent> _events = [];
    private readonly List<Action> _afterwards = [];
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isPumping;
    private bool _isStopped;
    private bool _isViewStale;
    private long _nextRecord;
    private long _lastSequence;
    private ITimer? _timer;

    private interface IInput
    {
        void Handle(DateTimeOffset now);

        void Complete();

        void Fail(Exception exception);
    }

    /// <summary>Ends when the node is closed; fails where it had to stop, since it cannot store anything any more, or met a defect.</summary>
    public Task Completion => _completion.Task;

    private DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>Handles an input, and answers when it is durable.</summary>
    private Task<T> AskAsync<T>(Func<DateTimeOffset, T> handle, Func<T>? refuse = null)
    {
        Question<T> question = new(handle);
        lock (_inboxGate)
        {
            if (_isStopped)
            {
                return _completion.Task.IsFaulted
                    ? Task.FromException<T>(_completion.Task.Exception!.InnerException!)
                    : Task.FromException<T>(new ObjectDisposedException(nameof(ReplicaNode)));
            }

            if (refuse is not null && _inbox.Count >= Options.MaxInbox)
            {
                return Task.FromResult(refuse());
            }

            _inbox.Enqueue(question);
            if (_isPumping)
            {
                return question.Answer;
            }

            _isPumping = true;
        }

        _work.Post(StartPump);
        return question.Answer;
    }

    /// <summary>Handles something that the node caused itself.</summary>
    private void Tell(Action<DateTimeOffset> handle)
    {
        lock (_inboxGate)
        {
            if (_isStopped)
            {
                return;
            }

            _inbox.Enqueue(new Notice(handle));
            if (_isPumping)
            {
                return;
            }

            _isPumping = true;
        }

        _work.Post(StartPump);
    }

    private void StartPump() => _ = PumpAsync();

    private async Task PumpAsync()
    {
        try
        {
            while (TakeTurn())
            {
                DateTimeOffset now = Now;
                foreach (IInput input in _turn)
                {
                    input.Handle(now);
                }

                if (_records.Count > 0)
                {
                    await StoreRecordsAsync();
                }

                Release();
            }
        }
        catch (Exception exception)
        {
            Stop(exception);
            lock (_inboxGate)
            {
                // Who closes the node waits for this.
                _isPumping = false;
            }
        }
    }

    private bool TakeTurn()
    {
        _turn.Clear();
        lock (_inboxGate)
        {
            while (!_isStopped && _turn.Count < MaxTurn && _inbox.TryDequeue(out IInput? input))
            {
                _turn.Add(input);
            }

            _isPumping = _turn.Count > 0;
            return _isPumping;
        }
    }

    private async Task StoreRecordsAsync()
    {
        Task<long>[] appends = new Task<long>[_records.Count];
        for (int i = 0; i < appends.Length; i++)
        {
            appends[i] = _journal.AppendAsync(_records[i]).AsTask();
        }

        _records.Clear();
        foreach (Task<long> append in appends)
        {
            await append;
        }
    }

    /// <summary>Shows what the turn gave: first the view, then the events, then the answers, so that who hears of something can read it.</summary>
    private void Release()
    {
        ShowView();
        ShowEvents();
        foreach (IInput input in _turn)
        {
            input.Complete();
        }

        RunAfterwards();
        SetTimer();
    }

    private void RunAfterwards()
    {
        foreach (Action action in _afterwards)
        {
            action();
        }

        _afterwards.Clear();
    }

    private void ShowView()
    {
        if (_isViewStale)
        {
            _isViewStale = false;
            Volatile.Write(ref _view, MakeView());
            CountWaitingDeposits();
        }
    }

    private void ShowEvents()
    {
        if (_events.Count == 0)
        {
            return;
        }

        foreach (ReplicaEvent replicaEvent in _events)
        {
            // Not in the turn: nobody may read a status that a crash could take back, nor one whose block the view does not have yet.
            if (replicaEvent is ReplicaEvent.StatusChanged { Change: { } change })
            {
                _histories.Add(change);
            }
        }

        Events.Publish(_events);
        _events.Clear();
    }

    /// <summary>Journals an input. Events that follow in the turn belong to it.</summary>
    private void Record(NodeRecord record)
    {
        long sequence = _nextRecord++;
        _lastSequence = Math.Max(_lastSequence, sequence << SequenceShift);
        _live.Add(record);
        if (!_isReplaying)
        {
            _records.Add(record.Encode());
        }
    }

    private void Raise(ReplicaEvent replicaEvent, DateTimeOffset at)
    {
        replicaEvent.Sequence = ++_lastSequence;
        replicaEvent.At = at;
        _events.Add(replicaEvent);
    }

    private void SetTimer()
    {
        DateTimeOffset? next = NextDeadline();
        if (next is { } at)
        {
            TimeSpan wait = at - Now;
            _timer?.Change(wait > TimeSpan.Zero ? wait : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Stops at once: nothing that waits is handled any more.</summary>
    private void Stop(Exception? exception)
    {
        List<IInput> waiting;
        lock (_inboxGate)
        {
            if (_isStopped)
            {
                return;
            }

            _isStopped = true;
            waiting = [.. _turn, .. _inbox];
            _inbox.Clear();
        }

        _timer?.Dispose();
        if (exception is null)
        {
            _completion.TrySetResult();
        }
        else
        {
            _completion.TrySetException(exception);
        }

        Exception failure = exception ?? new ObjectDisposedException(nameof(ReplicaNode));
        foreach (IInput input in waiting)
        {
            input.Fail(failure);
        }

        foreach (ChunkWork work in _works.Values)
        {
            foreach (TaskCompletionSource<ChunkCheck> waiter in work.Waiters)
            {
                waiter.TrySetException(failure);
            }
        }

        Events.Close();
    }

    private sealed class Question<T>(Func<DateTimeOffset, T> handle) : IInput
    {
        private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;

        internal Task<T> Answer => _answer.Task;

        public void Handle(DateTimeOffset now) => _result = handle(now);

        public void Complete() => _answer.TrySetResult(_result!);

        public void Fail(Exception exception) => _answer.TrySetException(exception);
    }

    private sealed class Notice(Action<DateTimeOffset> handle) : IInput
    {
        public void Handle(DateTimeOffset now) => handle(now);

        public void Complete()
        {
        }

        public void Fail(Exception exception)
        {
        }
    }
}
