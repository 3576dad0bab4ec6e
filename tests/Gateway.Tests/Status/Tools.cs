namespace Cloud.Gateway.Tests.Status;

/// <summary>Where the repository is.</summary>
internal static class Tools
{
    /// <summary>The folder of the solution; null where the tests run elsewhere.</summary>
    public static string? Root { get; } = Find();

    private static string? Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Cloud.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName;
    }
}
