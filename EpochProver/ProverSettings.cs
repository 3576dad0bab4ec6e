namespace Cloud.EpochProver;

/// <summary>What the command line says.</summary>
internal sealed record ProverSettings
{
    public required IReadOnlyList<string> Endpoints { get; init; }

    public string? Beacon { get; init; }

    public bool BeaconByNumber { get; init; }

    public required string Rollup { get; init; }

    public ulong DeploymentBlock { get; init; }

    public required FileInfo Genesis { get; init; }

    public required DirectoryInfo Data { get; init; }

    public required DirectoryInfo Shares { get; init; }

    public DirectoryInfo? Blobs { get; init; }

    public FileInfo? Keystore { get; init; }

    public FileInfo? PasswordFile { get; init; }

    public string? KeyVariable { get; init; }

    public string? PayerVariable { get; init; }

    public ulong Until { get; init; }
}
