using System.CommandLine;
using Cloud.Settlement.Keys;

namespace Cloud.Cli.Commands;

/// <summary>Options of commands that use a private key. A key or a password never stands on the command line, which everybody on the machine can read.</summary>
internal static class KeyOptions
{
    /// <summary>Variable with a keystore's password.</summary>
    public const string PasswordVariable = KeystoreFile.PasswordVariable;

    /// <summary>A keystore.</summary>
    public static Option<FileInfo?> Keystore() => new("--keystore") { Description = "Keystore file (version 3) with the key that pays" };

    /// <summary>A keystore's password.</summary>
    public static Option<FileInfo?> PasswordFile() => new("--password-file") { Description = $"File with the keystore's password (default: the variable {PasswordVariable})" };

    /// <summary>Reads a password.</summary>
    /// <param name="terminal">Where a refusal goes.</param>
    /// <param name="file">What <see cref="PasswordFile"/> gave.</param>
    /// <returns>Null where there is none.</returns>
    public static string? ReadPassword(Terminal terminal, FileInfo? file)
    {
        string? password;
        if (file is null)
        {
            password = Environment.GetEnvironmentVariable(PasswordVariable);
        }
        else if (terminal.ReadText(file, "name the file with the password") is { } text)
        {
            password = KeystoreFile.PasswordIn(text);
        }
        else
        {
            return null;
        }

        if (!string.IsNullOrEmpty(password))
        {
            return password;
        }

        terminal.Fail(file is null ? "there is no password" : $"{file.Name} holds no password", $"write one into a file and name it with --password-file, or set the variable {PasswordVariable}");
        return null;
    }

    /// <summary>The key that pays: the keystore's where one is named, else a variable's.</summary>
    /// <param name="terminal">Where a refusal goes.</param>
    /// <param name="keystore">What <see cref="Keystore"/> gave.</param>
    /// <param name="passwordFile">What <see cref="PasswordFile"/> gave.</param>
    /// <param name="variable">The variable with a private key in hex.</param>
    /// <returns>Null where there is none.</returns>
    public static IL1Signer? ReadPayer(Terminal terminal, FileInfo? keystore, FileInfo? passwordFile, string variable)
    {
        KeyResult result;
        if (keystore is null)
        {
            result = LocalSigner.FromEnvironment(variable, Environment.GetEnvironmentVariable);
        }
        else if (terminal.ReadText(keystore, "name a keystore file; cloud keys create makes one") is { } text && ReadPassword(terminal, passwordFile) is { } password)
        {
            result = KeystoreFile.Decrypt(text, password);
        }
        else
        {
            return null;
        }

        if (result is KeyResult.Loaded loaded)
        {
            return loaded.Signer;
        }

        terminal.Fail(((KeyResult.Refused)result).Message, $"name a keystore with --keystore and --password-file, or set {variable}");
        return null;
    }
}
