using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Status;

/// <summary>How the status API writes its documents: camel case, hashes and addresses in hex, amounts in wei as decimal strings, instants in UTC with milliseconds, words in kebab case.</summary>
internal static class StatusJson
{
    private const string InstantFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>The options of all documents.</summary>
    public static JsonSerializerOptions Options { get; } = Make();

    /// <summary>Writes a document.</summary>
    /// <typeparam name="T">Its kind.</typeparam>
    /// <param name="document">The document.</param>
    /// <returns>JSON text in UTF-8 on one line.</returns>
    public static byte[] Write<T>(T document) => JsonSerializer.SerializeToUtf8Bytes(document, document?.GetType() ?? typeof(T), Options);

    /// <summary>An instant as the API writes it.</summary>
    /// <param name="instant">The instant.</param>
    /// <returns>RFC 3339 in UTC with milliseconds.</returns>
    public static string Format(DateTimeOffset instant) => instant.UtcDateTime.ToString(InstantFormat, CultureInfo.InvariantCulture);

    private static JsonSerializerOptions Make()
    {
        JsonSerializerOptions options = new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            Converters =
            {
                new TextConverter<Hash256>(value => value.ToString()),
                new TextConverter<Address>(value => value.ToString()),
                new TextConverter<Bytes>(value => value.ToString()),
                new TextConverter<UInt256>(value => value.ToString()),
                new TextConverter<DateTimeOffset>(Format),
                new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false),
            },
        };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>Writes a value as text. Documents are never read.</summary>
    private sealed class TextConverter<T>(Func<T, string> format) : JsonConverter<T>
    {
        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(format(value));
    }
}
