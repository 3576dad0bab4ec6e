using System.Text.Json;

namespace Cloud.Cli.Tests;

public sealed class KeysTests : IDisposable
{
    private const string Known = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
    private const string KnownAddress = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
    private static readonly Dictionary<string, string?> Nothing = new() { ["PRECONF_KEY_PASSWORD"] = null, ["PRECONF_PRIVATE_KEY"] = null };

    private readonly string _folder = Directory.CreateTempSubdirectory("cli-keys-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Keys_are_made_imported_and_listed_and_only_their_owner_may_read_them()
    {
        string keys = Path.Combine(_folder, "keys");
        string password = Path.Combine(_folder, "password");
        await File.WriteAllTextAsync(password, "correct horse\n", TestContext.Current.CancellationToken);
        JsonElement made = await CloudProcess.JsonAsync(Nothing, "keys", "create", "--folder", keys, "--password-file", password);
        JsonElement imported = await CloudProcess.JsonAsync(
            new Dictionary<string, string?> { ["PRECONF_PRIVATE_KEY"] = Known, ["PRECONF_KEY_PASSWORD"] = "correct horse" }, "keys", "import", "--folder", keys);
        Assert.Equal(KnownAddress, imported.GetProperty("address").GetString(), ignoreCase: true);
        string file = imported.GetProperty("file").GetString()!;
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.DoesNotContain(Known[2..], await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.OrdinalIgnoreCase);
        JsonElement listed = await CloudProcess.JsonAsync(Nothing, "keys", "list", "--folder", keys, "--password-file", password);
        string[] expected = [made.GetProperty("address").GetString()!, imported.GetProperty("address").GetString()!];
        Assert.Equal(expected.Order(StringComparer.Ordinal), listed.GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("address").GetString()!).Order(StringComparer.Ordinal));
        Dictionary<string, string?> again = new() { ["PRECONF_PRIVATE_KEY"] = Known, ["PRECONF_KEY_PASSWORD"] = "another" };
        await CloudProcess.RefusedAsync("exists", "move it away", again, "keys", "import", "--folder", keys);
        await File.WriteAllTextAsync(password, "wrong horse", TestContext.Current.CancellationToken);
        (int code, string output, _) = await CloudProcess.RunAsync(Nothing, "keys", "list", "--folder", keys, "--password-file", password);
        Assert.Equal(1, code);
        Assert.Contains("the password does not open the keystore", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_is_asked_for_and_no_secret_is_repeated()
    {
        string folder = Path.Combine(_folder, "none");
        await CloudProcess.RefusedAsync("there is no password", "--password-file", Nothing, "keys", "create", "--folder", folder);
        await CloudProcess.RefusedAsync("there is no private key", "--key-file", Nothing, "keys", "import", "--folder", folder);
        Dictionary<string, string?> bad = new() { ["PRECONF_PRIVATE_KEY"] = "0xsecret" };
        await CloudProcess.RefusedAsync("no private key: 64 hex digits", "PRECONF_PRIVATE_KEY", bad, "keys", "import", "--folder", folder);
        await CloudProcess.RefusedAsync("there is no folder", "cloud keys create", Nothing, "keys", "list", "--folder", folder);
        await CloudProcess.RefusedAsync("there is no file", "password", Nothing, "keys", "create", "--folder", folder, "--password-file", Path.Combine(_folder, "nowhere"));
        Assert.False(Directory.Exists(folder));
    }
}
