namespace Cloud.Embedded.Hosting;

/// <summary>Registered where calls continue the caller's trace.</summary>
internal sealed class ActivityPropagation;
