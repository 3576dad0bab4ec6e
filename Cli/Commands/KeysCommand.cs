using System.CommandLine;
using System.Security.Cryptography;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Keys;
using Cloud.Storage;
using Spectre.Console;

namespace Cloud.Cli.Commands;

/// <summary><c>cloud keys</c>: private keys in keystore files.</summary>
internal static class KeysCommand
{
    private const string KeyVariable = "PRECONF_PRIVATE_KEY";

    /// <summary>Makes the command.</summary>
    public static Command Create(Terminal terminal) => new("keys", "Private keys in keystore files (version 3), which geth, cast and wallets read too.")
    {
        Make(terminal), Import(terminal), List(terminal),
    };

    private static Command Make(Terminal terminal)
    {
        (Option<DirectoryInfo> folder, Option<FileInfo?> password, Option<bool> json) = Options();
        Command create = new("create", "Makes a new private key and writes it, encrypted, to a file that is named after its address. Exit code 2: nothing was written.") { folder, password, json };
        create.SetAction(arguments =>
        {
            byte[] key;
            do
            {
                key = RandomNumberGenerator.GetBytes(Secp256k1.PrivateKeyLength);
            }
            while (!Secp256k1.TryGetAddress(key, out _));

            return Write(terminal, key, arguments.GetRequiredValue(folder), arguments.GetValue(password), arguments.GetValue(json));
        });
        return create;
    }

    private static Command Import(Terminal terminal)
    {
        (Option<DirectoryInfo> folder, Option<FileInfo?> password, Option<bool> json) = Options();
        Option<FileInfo?> file = new("--key-file") { Description = $"File with the private key in hex (default: the variable {KeyVariable})" };
        Command import = new("import", "Writes an existing private key, encrypted, to a file that is named after its address. Import its signing history too (cloud ledger import) before it signs again.") { folder, file, password, json };
        import.SetAction(arguments =>
        {
            string? text = arguments.GetValue(file) is { } named ? terminal.ReadText(named, "name the file with the private key") : Environment.GetEnvironmentVariable(KeyVariable) ?? "";
            if (text is null)
            {
                return CloudCommand.Unusable;
            }

            if (!Hex.TryDecode(text.AsSpan().Trim(), out byte[] key) || LocalSigner.Create(key) is not KeyResult.Loaded)
            {
                terminal.Fail(text.Length == 0 ? "there is no private key" : "what was given is no private key: 64 hex digits are expected", $"set the variable {KeyVariable}, or name a file with --key-file");
                return CloudCommand.Unusable;
            }

            return Write(terminal, key, arguments.GetRequiredValue(folder), arguments.GetValue(password), arguments.GetValue(json));
        });
        return import;
    }

    private static Command List(Terminal terminal)
    {
        (Option<DirectoryInfo> folder, Option<FileInfo?> password, Option<bool> json) = Options();
        Command list = new("list", "Lists the keystore files of a folder. With a password each is opened, which tells whether password and file are good. Exit code 1: one is not.") { folder, password, json };
        list.SetAction(arguments => Show(terminal, arguments.GetRequiredValue(folder), arguments.GetValue(password), arguments.GetValue(json)));
        return list;
    }

    private static (Option<DirectoryInfo> Folder, Option<FileInfo?> Password, Option<bool> Json) Options() =>
        (new("--folder") { Description = "Folder of the keystore files", DefaultValueFactory = _ => new DirectoryInfo("keys") }, KeyOptions.PasswordFile(), CommonOptions.Json());

    private static int Write(Terminal terminal, byte[] key, DirectoryInfo folder, FileInfo? passwordFile, bool isJson)
    {
        if (KeyOptions.ReadPassword(terminal, passwordFile) is not { } password)
        {
            return CloudCommand.Unusable;
        }

        _ = Secp256k1.TryGetAddress(key, out Address address);
        string file = Path.Combine(folder.FullName, $"{address}.json");
        if (File.Exists(file))
        {
            terminal.Fail($"{file} exists", "it holds this key already; move it away to write it with another password");
            return CloudCommand.Unusable;
        }

        try
        {
            folder.Create();
            DurableFile.Write(file, System.Text.Encoding.UTF8.GetBytes(KeystoreFile.Encrypt(key, password)), isPrivate: true);
        }
        catch (StorageException exception)
        {
            terminal.Fail($"{exception.File}: {exception.Rule}", exception.Remedy);
            return CloudCommand.Unusable;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            terminal.Fail($"{folder.FullName} cannot be made: {exception.Message}", "name another folder with --folder");
            return CloudCommand.Unusable;
        }

        if (isJson)
        {
            terminal.Json(new { address = address.ToString(), file });
        }
        else
        {
            terminal.Console.WriteLine($"{address} is in {file}");
        }

        return CloudCommand.Right;
    }

    private static int Show(Terminal terminal, DirectoryInfo folder, FileInfo? passwordFile, bool isJson)
    {
        if (!folder.Exists)
        {
            terminal.Fail($"there is no folder {folder.FullName}", "name another one with --folder, or make a key with cloud keys create");
            return CloudCommand.Unusable;
        }

        string? password = null;
        if (passwordFile is not null && (password = KeyOptions.ReadPassword(terminal, passwordFile)) is null)
        {
            return CloudCommand.Unusable;
        }

        List<Entry> entries = [];
        foreach (FileInfo file in folder.EnumerateFiles().OrderBy(static file => file.Name, StringComparer.Ordinal))
        {
            if (terminal.ReadText(file, "give yourself the right to read it") is not { } text)
            {
                return CloudCommand.Unusable;
            }

            if (KeystoreFile.AddressOf(text) is { } address)
            {
                entries.Add(new Entry(address.ToString(), file.FullName, password is null ? null : FaultOf(text, password, address)));
            }
        }

        if (isJson)
        {
            terminal.Json(new { keys = entries });
        }
        else
        {
            foreach (Entry entry in entries)
            {
                terminal.Console.WriteLine($"{entry.Address}  {entry.File}{(entry.Fault is null ? "" : $"  {entry.Fault}")}");
            }
        }

        return entries.TrueForAll(static entry => entry.Fault is null) ? CloudCommand.Right : CloudCommand.Wrong;
    }

    private static string? FaultOf(string text, string password, Address address) => KeystoreFile.Decrypt(text, password) switch
    {
        KeyResult.Refused refused => refused.Message,
        KeyResult.Loaded loaded when loaded.Signer.Address != address => $"it holds the key of {loaded.Signer.Address}",
        _ => null,
    };

    private sealed record Entry(string Address, string File, string? Fault);
}
