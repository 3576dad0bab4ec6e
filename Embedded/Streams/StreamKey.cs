using Orleans.Runtime;

namespace Cloud.Embedded.Streams;

/// <summary>A stream of a provider.</summary>
internal readonly record struct StreamKey(string Provider, StreamId Stream);
