using System.CommandLine;

namespace Cloud.Cli.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    /// <summary>Variable with the gateway's address.</summary>
    public const string UrlVariable = "PRECONF_URL";

    /// <summary>Variable with an API key: keys do not belong on a command line, which everybody on the machine can read.</summary>
    public const string KeyVariable = "PRECONF_API_KEY";

    private const string DefaultUrl = "http://127.0.0.1:8080";

    /// <summary>Result as JSON.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Write the result as JSON, and nothing else, to standard output" };

    /// <summary>The gateway.</summary>
    public static Option<string> Url() => new("--url")
    {
        Description = $"Address of the gateway (default: the variable {UrlVariable}, or {DefaultUrl}); an API key, where one is needed, is in {KeyVariable}",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(UrlVariable) ?? DefaultUrl,
    };

    /// <summary>A client of the gateway that the options name.</summary>
    /// <param name="terminal">Where a refusal goes.</param>
    /// <param name="url">What <see cref="Url"/> gave.</param>
    /// <returns>Null where the address is none.</returns>
    public static GatewayClient? Connect(Terminal terminal, string url)
    {
        if (!Uri.TryCreate(url.TrimEnd('/') + "/", UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            terminal.Fail($"{url} is no http address", "give one such as http://127.0.0.1:8080 with --url");
            return null;
        }

        return new GatewayClient(address, Environment.GetEnvironmentVariable(KeyVariable));
    }
}
