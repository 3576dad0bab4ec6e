using System.Buffers;
using System.Buffers.Text;

namespace Cloud.Protocol.Crypto;

/// <summary>
/// The points of the KZG ceremony as c-kzg's text file has them: the counts 4096 and 65, then 4096 points of G1 in Lagrange form, 65 of G2 and 4096 of G1 in
/// monomial form, all compressed and in hex, separated by white space.
/// </summary>
internal sealed class TrustedSetup
{
    private const int G1Points = Kzg.FieldElementsPerBlob;
    private const int G2Points = 65;
    private const int G1Length = 48;
    private const int G2Length = 96;

    private TrustedSetup()
    {
    }

    public byte[] G1Lagrange { get; } = new byte[G1Points * G1Length];

    public byte[] G2Monomial { get; } = new byte[G2Points * G2Length];

    public byte[] G1Monomial { get; } = new byte[G1Points * G1Length];

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The points, not yet checked to be any.</returns>
    /// <exception cref="NativeLibraryMissingException">The file cannot be read, or has another form.</exception>
    public static TrustedSetup Read(string path)
    {
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Damaged(path, e.Message);
        }

        ReadOnlySpan<byte> rest = content;
        if (!HasCount(ref rest, G1Points) || !HasCount(ref rest, G2Points))
        {
            throw Damaged(path, $"it does not start with the counts {G1Points} and {G2Points}");
        }

        TrustedSetup setup = new();
        if (!HasPoints(ref rest, setup.G1Lagrange, G1Length) || !HasPoints(ref rest, setup.G2Monomial, G2Length) || !HasPoints(ref rest, setup.G1Monomial, G1Length))
        {
            throw Damaged(path, $"it is cut short or not hex at byte {content.Length - rest.Length}");
        }

        return setup;
    }

    /// <summary>The failure for a file that is there and wrong.</summary>
    public static NativeLibraryMissingException Damaged(string path, string reason) =>
        new(NativeLibraries.TrustedSetupFile.FileName, [$"{path} ({reason})"], NativeLibraries.TrustedSetupFile.Remedy);

    private static bool HasCount(ref ReadOnlySpan<byte> rest, int expected) =>
        Utf8Parser.TryParse(NextWord(ref rest), out int count, out _) && count == expected;

    private static bool HasPoints(ref ReadOnlySpan<byte> rest, Span<byte> destination, int length)
    {
        for (; !destination.IsEmpty; destination = destination[length..])
        {
            ReadOnlySpan<byte> word = NextWord(ref rest);
            if (word.Length != length * 2
                || Convert.FromHexString(word, destination[..length], out _, out int written) != OperationStatus.Done
                || written != length)
            {
                return false;
            }
        }

        return true;
    }

    private static ReadOnlySpan<byte> NextWord(ref ReadOnlySpan<byte> rest)
    {
        rest = rest.TrimStart(" \t\r\n"u8);
        int end = rest.IndexOfAny(" \t\r\n"u8);
        ReadOnlySpan<byte> word = end < 0 ? rest : rest[..end];
        rest = rest[word.Length..];
        return word;
    }
}
