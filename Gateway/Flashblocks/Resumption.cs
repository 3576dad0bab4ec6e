namespace Cloud.Gateway.Flashblocks;

/// <summary>What asking to go on after a flashblock gives.</summary>
internal abstract record Resumption
{
    private Resumption()
    {
    }

    /// <summary>The stream goes on; what was missed is queued already.</summary>
    /// <param name="Subscription">Ends it when disposed.</param>
    internal sealed record Resumed(IDisposable Subscription) : Resumption;

    /// <summary>What follows that flashblock is not kept any more.</summary>
    /// <param name="Oldest">The oldest flashblock that is kept, as BLOCK-INDEX; null for none.</param>
    internal sealed record TooOld(string? Oldest) : Resumption;

    /// <summary>As many read as may.</summary>
    internal sealed record Full : Resumption;
}
