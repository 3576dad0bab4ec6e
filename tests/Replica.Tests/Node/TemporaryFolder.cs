namespace Cloud.Replica.Tests.Node;

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("preconf-replica-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
