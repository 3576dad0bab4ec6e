using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cloud.Gateway.Webhooks;

/// <summary>What proves to a receiver that a web-hook's message comes from this gateway, and is not an old one sent again: HMAC-SHA256 of id, time and body.</summary>
public static class WebhookSignature
{
    /// <summary>Header with the event's id. The same for every attempt: a receiver that has it already leaves the message out.</summary>
    public const string IdHeader = "Preconf-Webhook-Id";

    /// <summary>Header with the attempt's time in seconds since 1970.</summary>
    public const string TimeHeader = "Preconf-Webhook-Timestamp";

    /// <summary>Header with the signature: <c>v1=</c> and 64 hex digits.</summary>
    public const string Header = "Preconf-Webhook-Signature";

    private const string Version = "v1=";

    /// <summary>Signs a message.</summary>
    /// <param name="secret">The hook's secret.</param>
    /// <param name="id">The event's id.</param>
    /// <param name="at">The attempt's time.</param>
    /// <param name="body">The message.</param>
    /// <returns>The value of <see cref="Header"/>.</returns>
    public static string Sign(string secret, string id, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(secret);
        using IncrementalHash hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{at.ToUnixTimeSeconds()}.")));
        hash.AppendData(body);
        return Version + Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Checks a message as a receiver does.</summary>
    /// <param name="secret">The hook's secret.</param>
    /// <param name="id">Value of <see cref="IdHeader"/>.</param>
    /// <param name="time">Value of <see cref="TimeHeader"/>.</param>
    /// <param name="signature">Value of <see cref="Header"/>.</param>
    /// <param name="body">The message.</param>
    /// <param name="now">The receiver's time.</param>
    /// <param name="tolerance">How far the clocks may differ; what is older was perhaps sent again by somebody else.</param>
    /// <returns>Whether the message is genuine and new.</returns>
    public static bool IsGenuine(string secret, string id, string time, string signature, ReadOnlySpan<byte> body, DateTimeOffset now, TimeSpan tolerance) =>
        long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
        && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
        && (now - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() <= tolerance
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Sign(secret, id, DateTimeOffset.FromUnixTimeSeconds(seconds), body)), Encoding.UTF8.GetBytes(signature));
}
