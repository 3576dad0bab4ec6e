using System.Text.Json.Serialization;

namespace Cloud.Gateway.Keys;

/// <summary>JSON of the key file.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ApiKey[]))]
internal sealed partial class KeysJson : JsonSerializerContext;
