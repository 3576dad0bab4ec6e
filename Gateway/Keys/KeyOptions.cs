using Microsoft.Extensions.DependencyInjection;

namespace Cloud.Gateway.Keys;

/// <summary>Where API keys are. Bound from the section <c>Gateway:Keys</c>.</summary>
public sealed class KeyOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Gateway:Keys";

    /// <summary>File with the hashes of all keys, readable by this process only; empty keeps keys in memory.</summary>
    public string File { get; set; } = "";

    /// <summary>The first operator's key, at least 32 characters; empty for none: then nothing privileged can be done until the file holds such a key.</summary>
    public string OperatorKey { get; set; } = "";

    /// <summary>File to which every action of an operator is added, a line of JSON each; empty keeps the newest in memory only.</summary>
    public string AuditFile { get; set; } = "";

    /// <summary>File with what each key was used for, so that quotas hold over restarts; empty keeps it in memory only.</summary>
    public string UsageFile { get; set; } = "";

    internal const int LeastSecret = 32;

    internal static UsageBook OpenUsage(IServiceProvider services)
    {
        string file = services.GetRequiredService<KeyOptions>().UsageFile;
        return new UsageBook(file.Length > 0 ? file : null, services.GetRequiredService<TimeProvider>());
    }

    internal static ApiKeyStore OpenStore(IServiceProvider services)
    {
        KeyOptions options = services.GetRequiredService<KeyOptions>();
        ApiKeyStore store = new(options.File.Length > 0 ? options.File : null, services.GetRequiredService<TimeProvider>());
        if (options.OperatorKey.Length > 0)
        {
            store.AddConfigured("configured-operator", options.OperatorKey, ApiScope.Rpc | ApiScope.Debug | ApiScope.Webhooks | ApiScope.OperatorRead | ApiScope.Operator);
        }

        return store;
    }
}
