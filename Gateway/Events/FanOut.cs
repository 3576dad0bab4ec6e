using System.Runtime.ExceptionServices;

namespace Cloud.Gateway.Events;

/// <summary>
/// Gives the same to very many receivers. Handing a message to the network is the operating system's work for the most part, so with thousands of receivers it is done by as many threads as there are processors.
/// They are not the pool's: a thread of the pool that has done its part goes on looking for other work for some time, on the processors that are needed here.
/// </summary>
internal static class FanOut
{
    // Fewer are done before a second thread has woken up.
    private const int Share = 64;

    // So many receivers are fetched from memory together.
    private const int Fetched = 8;

    private static readonly Helpers Shared = new(Environment.ProcessorCount - 1);

    /// <summary>Calls an action for each receiver, and returns when all calls have returned: a receiver gets one message after the other.</summary>
    /// <typeparam name="TReceiver">The receivers' type.</typeparam>
    /// <typeparam name="TMessage">The message's type.</typeparam>
    /// <param name="receivers">Who gets it.</param>
    /// <param name="message">What they get.</param>
    /// <param name="give">Hands it over; true where the receiver wanted it. Called by several threads at once, once for each receiver; should not throw: what it throws is thrown here when all others have it.</param>
    /// <param name="touch">Reads what handing over will read: done for some receivers at once, the waits for memory of thousands overlap.</param>
    /// <returns>How many wanted it.</returns>
    public static int Give<TReceiver, TMessage>(ReadOnlyMemory<TReceiver> receivers, TMessage message, Func<TReceiver, TMessage, bool> give, Func<TReceiver, int> touch)
    {
        Round<TReceiver, TMessage> round = new(receivers, message, give, touch);
        if (receivers.Length < 2 * Share || !Shared.TryRun(round))
        {
            round.Work();
        }

        return round.Result;
    }

    /// <summary>One message on its way to all receivers.</summary>
    private abstract class Round
    {
        /// <summary>Takes shares until none is left. For any number of threads at once; does not throw.</summary>
        public abstract void Work();
    }

    private sealed class Round<TReceiver, TMessage>(ReadOnlyMemory<TReceiver> receivers, TMessage message, Func<TReceiver, TMessage, bool> give, Func<TReceiver, int> touch) : Round
    {
        private int _next;
        private int _count;
        private ExceptionDispatchInfo? _failure;

        /// <summary>How many wanted it, once all have it.</summary>
        public int Result
        {
            get
            {
                _failure?.Throw();
                return _count;
            }
        }

        public override void Work()
        {
            int count = 0;
            while (Interlocked.Add(ref _next, Share) - Share is int first && first < receivers.Length)
            {
                ReadOnlySpan<TReceiver> share = receivers.Span.Slice(first, Math.Min(Share, receivers.Length - first));
                for (int i = 0; i < share.Length; i++)
                {
                    if (i % Fetched == 0)
                    {
                        foreach (TReceiver receiver in share.Slice(i, Math.Min(Fetched, share.Length - i)))
                        {
                            touch(receiver);
                        }
                    }

                    try
                    {
                        count += give(share[i], message) ? 1 : 0;
                    }
                    catch (Exception exception)
                    {
                        _failure = ExceptionDispatchInfo.Capture(exception);
                    }
                }
            }

            Interlocked.Add(ref _count, count);
        }
    }

    /// <summary>Threads that wait for a round and help with it, begun with the first one.</summary>
    private sealed class Helpers(int count)
    {
        private readonly object _gate = new();
        private Round? _round;
        private long _rounds;
        private int _helping;
        private bool _isOpen;

        /// <summary>Works off a round together.</summary>
        /// <returns>False where there is no help: there are no other processors, or another round has it.</returns>
        public bool TryRun(Round round)
        {
            if (count == 0)
            {
                return false;
            }

            lock (_gate)
            {
                if (_round is not null)
                {
                    return false;
                }

                if (_rounds++ == 0)
                {
                    for (int i = 0; i < count; i++)
                    {
                        new Thread(Help) { IsBackground = true, Name = "fan-out" }.Start();
                    }
                }

                _round = round;
                _isOpen = true;
                Monitor.PulseAll(_gate);
            }

            round.Work();
            lock (_gate)
            {
                // Who has not come yet finds nothing to do.
                _isOpen = false;
                while (_helping > 0)
                {
                    Monitor.Wait(_gate);
                }

                _round = null;
                return true;
            }
        }

        private void Help()
        {
            long helped = 0;
            while (true)
            {
                Round round;
                lock (_gate)
                {
                    while (!_isOpen || _rounds == helped)
                    {
                        Monitor.Wait(_gate);
                    }

                    helped = _rounds;
                    round = _round!;
                    _helping++;
                }

                round.Work();
                lock (_gate)
                {
                    _helping--;
                    Monitor.PulseAll(_gate);
                }
            }
        }
    }
}
