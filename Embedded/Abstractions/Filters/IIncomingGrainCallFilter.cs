namespace Orleans;

/// <summary>Sees every call that arrives at the silo; on a grain class, every call that arrives at the grain.</summary>
public interface IIncomingGrainCallFilter
{
    /// <summary>Handles a call: pass it on with <see cref="IGrainCallContext.Invoke"/> or not.</summary>
    /// <param name="context">The call.</param>
    /// <returns>The work.</returns>
    Task Invoke(IIncomingGrainCallContext context);
}
