using System.Text.Json.Serialization;

namespace Cloud.Gateway.Keys;

/// <summary>JSON of the files with keys and with their usage.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ApiKey[]))]
[JsonSerializable(typeof(KeyUsage[]))]
internal sealed partial class KeysJson : JsonSerializerContext;
