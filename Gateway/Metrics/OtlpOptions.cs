namespace Cloud.Gateway.Metrics;

/// <summary>Where metrics are sent as OTLP. Bound from the section <c>Gateway:Otlp</c>.</summary>
public sealed class OtlpOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Gateway:Otlp";

    /// <summary>The collector's address for metrics with its path, such as <c>http://collector:4318/v1/metrics</c> (OTLP over HTTP, protobuf); empty sends none.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>Headers for the collector, such as <c>Authorization=Bearer KEY</c>, with commas between them; empty for none.</summary>
    public string Headers { get; set; } = "";

    /// <summary>How often metrics are sent, from 1 s to 1 h.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(15);
}
