namespace Cloud.Gateway.Events;

/// <summary>Gives the same to very many receivers. Handing a message to the network is the operating system's work for the most part, so with thousands of receivers it is done by as many threads as there are processors.</summary>
internal static class FanOut
{
    // Fewer are done before a second thread has woken up.
    private const int Share = 64;

    // So many receivers are fetched from memory together.
    private const int Fetched = 8;

    private static readonly ParallelOptions Options = new() { MaxDegreeOfParallelism = Environment.ProcessorCount };

    /// <summary>Calls an action for each receiver, and returns when all calls have returned: a receiver gets one message after the other.</summary>
    /// <typeparam name="TReceiver">The receivers' type.</typeparam>
    /// <typeparam name="TMessage">The message's type.</typeparam>
    /// <param name="receivers">Who gets it.</param>
    /// <param name="message">What they get.</param>
    /// <param name="give">Hands it over; true where the receiver wanted it. Called by several threads at once, once for each receiver; must not throw.</param>
    /// <param name="touch">Reads what handing over will read: done for some receivers at once, the waits for memory of thousands overlap.</param>
    /// <returns>How many wanted it.</returns>
    public static int Give<TReceiver, TMessage>(ReadOnlyMemory<TReceiver> receivers, TMessage message, Func<TReceiver, TMessage, bool> give, Func<TReceiver, int> touch)
    {
        if (receivers.Length < 2 * Share)
        {
            return GiveAll(receivers.Span, message, give, touch);
        }

        int total = 0;
        Parallel.For(0, (receivers.Length + Share - 1) / Share, Options, share =>
        {
            int first = share * Share;
            Interlocked.Add(ref total, GiveAll(receivers.Span.Slice(first, Math.Min(Share, receivers.Length - first)), message, give, touch));
        });
        return total;
    }

    private static int GiveAll<TReceiver, TMessage>(ReadOnlySpan<TReceiver> receivers, TMessage message, Func<TReceiver, TMessage, bool> give, Func<TReceiver, int> touch)
    {
        int count = 0;
        for (int first = 0; first < receivers.Length; first += Fetched)
        {
            ReadOnlySpan<TReceiver> some = receivers.Slice(first, Math.Min(Fetched, receivers.Length - first));
            foreach (TReceiver receiver in some)
            {
                touch(receiver);
            }

            foreach (TReceiver receiver in some)
            {
                count += give(receiver, message) ? 1 : 0;
            }
        }

        return count;
    }
}
