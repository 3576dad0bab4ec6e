using Cloud.Protocol.Crypto;

namespace Cloud.Protocol.Tests.Crypto;

public sealed class NativeLibraryFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("preconf-native-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_missing_library_names_the_file_the_places_and_the_remedy()
    {
        NativeLibraryFile file = new("libnowhere.so.9", ["libnowhere.so.9"], FromSystem: true, [], "Build it.");
        NativeLibraryMissingException missing = Assert.Throws<NativeLibraryMissingException>(() => file.Load([_folder]));
        Assert.Equal("libnowhere.so.9", missing.File);
        Assert.Equal(2, missing.Searched.Count);
        Assert.Contains(Path.Combine(_folder, "libnowhere.so.9"), missing.Searched[0], StringComparison.Ordinal);
        Assert.Contains("Build it.", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_library_is_reported_as_such()
    {
        File.WriteAllText(Path.Combine(_folder, "libbroken.so"), "not a library");
        NativeLibraryFile file = new("libbroken.so", ["libbroken.so"], FromSystem: false, [], "Build it.");
        NativeLibraryMissingException missing = Assert.Throws<NativeLibraryMissingException>(() => file.Load([_folder]));
        Assert.Contains("does not load", Assert.Single(missing.Searched), StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_without_a_needed_function_is_the_wrong_version()
    {
        NativeLibraryFile file = NativeLibraries.Secp256k1File with { RequiredExports = ["secp256k1_function_of_the_future"] };
        NativeLibraryMissingException missing = Assert.Throws<NativeLibraryMissingException>(() => file.Load([]));
        Assert.Contains(missing.Searched, line => line.Contains("secp256k1_function_of_the_future", StringComparison.Ordinal));
        Assert.Contains("libsecp256k1-1", missing.Remedy, StringComparison.Ordinal);
    }
}
