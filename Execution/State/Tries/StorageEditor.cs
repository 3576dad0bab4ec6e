using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>Edits the slots of one account.</summary>
/// <param name="values">New values by index; zero deletes.</param>
internal sealed class StorageEditor(UInt256[] values) : ILeafEditor
{
    public TrieLeaf? Edit(int index, in Hash256 key, TrieLeaf? old)
    {
        UInt256 value = values[index];
        return value.IsZero ? null
            : old is SlotLeaf slot && slot.Value == value ? old
            : new SlotLeaf(in key, in value);
    }
}
