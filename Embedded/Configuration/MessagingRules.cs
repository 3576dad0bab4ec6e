using Orleans.Configuration;
using Orleans.Runtime;

namespace Cloud.Embedded.Configuration;

internal static class MessagingRules
{
    public static void Check(MessagingOptions options, string name) =>
        Require(options.ResponseTimeout > TimeSpan.Zero, name, nameof(options.ResponseTimeout), options.ResponseTimeout, "must be greater than zero");

    public static void Require(bool rule, string options, string name, object? value, string text)
    {
        if (!rule)
        {
            throw new OrleansConfigurationException($"{options}.{name} is {value}; it {text}.");
        }
    }
}
