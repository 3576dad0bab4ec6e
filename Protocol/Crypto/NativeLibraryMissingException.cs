namespace Cloud.Protocol.Crypto;

/// <summary>A native library, or a file that it needs, is missing, cannot be loaded, or is of a version that lacks a needed function.</summary>
public sealed class NativeLibraryMissingException : Exception
{
    /// <summary>Says what is missing, what was tried and what to do.</summary>
    /// <param name="file">Name of the file.</param>
    /// <param name="searched">Paths and names tried, in order, each with what came of it.</param>
    /// <param name="remedy">What the operator can do, one sentence.</param>
    public NativeLibraryMissingException(string file, IReadOnlyList<string> searched, string remedy)
        : base($"{file} cannot be used. Tried: {string.Join("; ", searched)}. {remedy}")
    {
        File = file;
        Searched = searched;
        Remedy = remedy;
    }

    /// <summary>Name of the missing file.</summary>
    public string File { get; }

    /// <summary>Paths and names tried, in order, each with what came of it.</summary>
    public IReadOnlyList<string> Searched { get; }

    /// <summary>What the operator can do.</summary>
    public string Remedy { get; }
}
