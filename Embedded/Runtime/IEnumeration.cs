using Orleans.Concurrency;

namespace Cloud.Embedded.Runtime;

/// <summary>Stands for the pulls of sequences in call filters and logs.</summary>
internal interface IEnumeration
{
    [AlwaysInterleave]
    Task Pull();
}
