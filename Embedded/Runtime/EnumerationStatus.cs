namespace Cloud.Embedded.Runtime;

internal enum EnumerationStatus
{
    /// <summary>Nothing yet: ask again.</summary>
    Pending,
    Elements,
    LastElements,

    /// <summary>The grain knows no such enumeration.</summary>
    Missing,
}
