namespace Cloud.Silo.Rollups;

/// <summary>What became of a deployment.</summary>
public abstract record ProvisioningOutcome
{
    private ProvisioningOutcome()
    {
    }

    /// <summary>The rollup stands on L1, with its validators.</summary>
    /// <param name="Deployment">What to remember of it.</param>
    public sealed record Deployed(RollupDeployment Deployment) : ProvisioningOutcome;

    /// <summary>It does not; what was sent to L1 is of no use any more.</summary>
    /// <param name="What">What failed.</param>
    /// <param name="Remedy">What to do.</param>
    public sealed record Failed(string What, string Remedy) : ProvisioningOutcome;
}
