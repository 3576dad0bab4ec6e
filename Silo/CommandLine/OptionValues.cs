using System.CommandLine.Parsing;
using System.Globalization;
using Cloud.Protocol.Time;

namespace Cloud.Silo.CommandLine;

/// <summary>Values of options as people write them. What is none gets a sentence that names the option, the value and the rule.</summary>
public static class OptionValues
{
    /// <summary>Reads a duration such as <c>12s</c>.</summary>
    /// <param name="result">The option's text.</param>
    /// <returns>The duration; null with an error where it is none.</returns>
    public static TimeSpan? Duration(ArgumentResult result)
    {
        string text = TextOf(result);
        return Durations.TryParse(text, out TimeSpan parsed) ? parsed : Refuse<TimeSpan>(result, "a duration such as 200ms, 12s or 2m");
    }

    /// <summary>Reads a whole number.</summary>
    /// <param name="result">The option's text.</param>
    /// <param name="least">The least that is accepted.</param>
    /// <param name="most">The most that is accepted.</param>
    /// <returns>The number; null with an error where it is none.</returns>
    public static int? Number(ArgumentResult result, int least, int most) =>
        int.TryParse(TextOf(result), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : Refuse<int>(result, string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"));

    /// <summary>Reads the name of a timing profile.</summary>
    /// <param name="result">The option's text.</param>
    /// <returns>The profile; null with an error where there is none of that name.</returns>
    public static TimingProfile? Profile(ArgumentResult result)
    {
        string text = TextOf(result);
        return Enum.TryParse(text, ignoreCase: true, out TimingProfile parsed) && Enum.IsDefined(parsed) && !char.IsAsciiDigit(text[0])
            ? parsed
            : Refuse<TimingProfile>(result, "continuous, pipelined or sequential");
    }

    /// <summary>Reads an address of a server.</summary>
    /// <param name="result">The option's text.</param>
    /// <returns>The address; null with an error where it is none.</returns>
    public static Uri? Server(ArgumentResult result)
    {
        if (Uri.TryCreate(TextOf(result), UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https")
        {
            return address;
        }

        _ = Refuse<int>(result, "an http or https address");
        return null;
    }

    /// <summary>Reads an Ethereum address.</summary>
    /// <param name="result">The option's text.</param>
    /// <returns>The address; null with an error where it is none.</returns>
    public static Protocol.Primitives.Address? Account(ArgumentResult result) =>
        Protocol.Primitives.Address.TryParse(TextOf(result), null, out Protocol.Primitives.Address address) ? address : Refuse<Protocol.Primitives.Address>(result, "an address: 0x and 40 hex digits");

    private static string TextOf(ArgumentResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result.Tokens[0].Value;
    }

    private static T? Refuse<T>(ArgumentResult result, string what)
        where T : struct
    {
        string name = (result.Parent as OptionResult)?.Option.Name ?? result.Argument.Name;
        result.AddError($"{name} is '{TextOf(result)}'; it is {what}.");
        return null;
    }
}
