using System.Text.Json.Serialization;

namespace Cloud.Gateway.Http;

/// <summary>JSON of refusals.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ErrorBody))]
internal sealed partial class HttpJson : JsonSerializerContext;
