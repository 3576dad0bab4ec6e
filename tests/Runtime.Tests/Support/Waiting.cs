namespace Cloud.Runtime.Tests.Support;

/// <summary>Waits of a test: each has a deadline.</summary>
internal static class Waiting
{
    /// <summary>Awaits with <see cref="Stage.Deadline"/>, and fails with another type than a call's time-out.</summary>
    public static async Task InTime(this Task task)
    {
        if (await Task.WhenAny(task, Task.Delay(Stage.Deadline, TestContext.Current.CancellationToken)) != task)
        {
            throw new InvalidOperationException($"The task did not end within {Stage.Deadline}.");
        }

        await task;
    }

    /// <inheritdoc cref="InTime(Task)"/>
    public static async Task<T> InTime<T>(this Task<T> task)
    {
        await ((Task)task).InTime();
        return await task;
    }

    /// <inheritdoc cref="InTime(Task)"/>
    public static Task InTime(this ValueTask task) => task.AsTask().InTime();

    /// <inheritdoc cref="InTime(Task)"/>
    public static Task<T> InTime<T>(this ValueTask<T> task) => task.AsTask().InTime();
}
