namespace Orleans;

/// <summary>Sees every call that leaves the silo or client.</summary>
public interface IOutgoingGrainCallFilter
{
    /// <summary>Handles a call: pass it on with <see cref="IGrainCallContext.Invoke"/> or not.</summary>
    /// <param name="context">The call.</param>
    /// <returns>The work.</returns>
    Task Invoke(IOutgoingGrainCallContext context);
}
