using Cloud.Silo.Rollups;
using Cloud.Storage;

namespace Cloud.Host.Tests;

public sealed class RollupKeysTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keys-").FullName;

    private string KeyFile => Path.Combine(_folder, RollupKeys.FileName);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Open_keys_are_sealed_when_a_password_is_given_and_stay_the_same()
    {
        RollupKeys open = RollupKeys.LoadOrCreate(KeyFile, 3);
        Assert.Contains("publisher", File.ReadAllText(KeyFile), StringComparison.Ordinal);
        RollupKeys migrated = RollupKeys.LoadOrCreate(KeyFile, 3, "secret");
        RollupKeys reopened = RollupKeys.LoadOrCreate(KeyFile, 3, "secret");
        string text = File.ReadAllText(KeyFile);
        foreach (RollupKeys keys in new[] { migrated, reopened })
        {
            Assert.Equal((open.Publisher.Address, open.Keeper.Address, open.Prover.Address), (keys.Publisher.Address, keys.Keeper.Address, keys.Prover.Address));
            Assert.Equal(open.Validators.Select(Convert.ToHexStringLower), keys.Validators.Select(Convert.ToHexStringLower));
        }

        Assert.DoesNotContain("publisher", text, StringComparison.Ordinal);
        Assert.All(open.Validators, key => Assert.DoesNotContain(Convert.ToHexStringLower(key), text, StringComparison.Ordinal));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        }
    }

    [Fact]
    public void Sealed_keys_open_with_their_password_only()
    {
        RollupKeys.LoadOrCreate(KeyFile, 1, "secret");
        byte[] before = File.ReadAllBytes(KeyFile);
        StorageException none = Assert.Throws<StorageException>(() => RollupKeys.LoadOrCreate(KeyFile, 1));
        Assert.Equal((StorageFault.AccessDenied, "The keys are sealed, and no password is given."), (none.Fault, none.Rule));
        StorageException wrong = Assert.Throws<StorageException>(() => RollupKeys.LoadOrCreate(KeyFile, 1, "Secret"));
        Assert.Equal(StorageFault.AccessDenied, wrong.Fault);
        Assert.Contains("the password does not open the keystore", wrong.Rule, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(KeyFile));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"publisher\":\"0x00\",\"keeper\":\"0x00\",\"prover\":\"0x00\",\"validators\":[]}")]
    public void What_holds_no_keys_is_refused_and_left_as_it_is(string text)
    {
        File.WriteAllText(KeyFile, text);
        Assert.Equal(StorageFault.CorruptFile, Assert.Throws<StorageException>(() => RollupKeys.LoadOrCreate(KeyFile, 1)).Fault);
        Assert.Equal(text, File.ReadAllText(KeyFile));
    }

    [Fact]
    public void A_damaged_seal_is_refused()
    {
        RollupKeys.LoadOrCreate(KeyFile, 1, "secret");
        string text = File.ReadAllText(KeyFile);
        int at = text.IndexOf("\"sealed\":\"", StringComparison.Ordinal) + 30;
        File.WriteAllText(KeyFile, string.Concat(text.AsSpan(0, at), text[at] == 'A' ? "B" : "A", text.AsSpan(at + 1)));
        Assert.Equal(StorageFault.CorruptFile, Assert.Throws<StorageException>(() => RollupKeys.LoadOrCreate(KeyFile, 1, "secret")).Fault);
    }
}
