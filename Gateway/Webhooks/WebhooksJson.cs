using System.Text.Json.Serialization;

namespace Cloud.Gateway.Webhooks;

/// <summary>JSON of the file with web-hooks.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(StoredWebhook[]))]
internal sealed partial class WebhooksJson : JsonSerializerContext;
