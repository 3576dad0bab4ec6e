using Orleans;

namespace Cloud.Embedded.Runtime;

[GenerateSerializer]
internal sealed class EnumerationBatch<T>
{
    public static EnumerationBatch<T> Missing { get; } = new() { Status = EnumerationStatus.Missing };

    public static EnumerationBatch<T> Pending { get; } = new();

    [Id(0)]
    public EnumerationStatus Status { get; init; }

    [Id(1)]
    public T[] Elements { get; init; } = [];
}
