using System.CommandLine;
using Cloud.Settlement.JsonRpc;
using Cloud.Settlement.L1;
using Cloud.Silo.CommandLine;

namespace Cloud.Cli.Commands;

/// <summary>The L1 of commands that talk to it.</summary>
internal static class L1Options
{
    /// <summary>Variable with L1's address.</summary>
    public const string L1Variable = "PRECONF_L1";

    /// <summary>Variable with the private key that pays on L1.</summary>
    public const string PayerVariable = "PRECONF_L1_KEY";

    private const int MaxReplyLength = 64 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>L1's JSON-RPC.</summary>
    public static Option<Uri?> L1() => new("--l1") { Description = $"JSON-RPC of the L1 (default: the variable {L1Variable})", CustomParser = OptionValues.Server };

    /// <summary>A client of the L1 that the option or the variable names.</summary>
    /// <param name="terminal">Where a refusal goes.</param>
    /// <param name="named">What <see cref="L1"/> gave.</param>
    /// <returns>The connection, to be disposed; null where no L1 is named.</returns>
    public static HttpJsonRpc? Connect(Terminal terminal, Uri? named)
    {
        if (named is null && Uri.TryCreate(Environment.GetEnvironmentVariable(L1Variable), UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https")
        {
            named = address;
        }

        if (named is not null)
        {
            return new HttpJsonRpc(named, Patience, MaxReplyLength, terminal.Time);
        }

        terminal.Fail("no L1 is named", $"give the http address of its JSON-RPC with --l1 or in {L1Variable}; ./run.sh prints that of its own L1");
        return null;
    }

    /// <summary>Says that L1 did not do its part.</summary>
    /// <returns>The exit code.</returns>
    public static int Fail(Terminal terminal, L1Failure failure)
    {
        terminal.Fail(failure.Message, "check --l1 and the node behind it, then try again");
        return CloudCommand.Unusable;
    }
}
