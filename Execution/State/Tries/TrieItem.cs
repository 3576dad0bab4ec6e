using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>A key to change, and what the <see cref="ILeafEditor"/> knows the change by.</summary>
internal readonly struct TrieItem(in Hash256 key, int index)
{
    public readonly Hash256 Key = key;

    public readonly int Index = index;
}
