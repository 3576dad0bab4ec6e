namespace Cloud.Protocol.Tests.Crypto;

internal static class Allocations
{
    /// <summary>Fails where an action, once warm, allocates managed memory on this thread.</summary>
    /// <param name="action">What to run.</param>
    public static void AssertNone(Action action)
    {
        for (int i = 0; i < 3; i++)
        {
            action();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++)
        {
            action();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
