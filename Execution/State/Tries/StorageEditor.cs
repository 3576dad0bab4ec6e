using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>Edits the slots of one account.</summary>
/// <param name="values">New values by index; zero deletes.</param>
internal sealed class StorageEditor(UInt256[] values) : ILeafEditor
{
    public TrieLeaf? Edit(int index, in Hash256 key, TrieLeaf? old)
    {
        if (values[index].IsZero)
        {
            return null;
        }

        byte[] value = SlotValue.ToRlp(in values[index]);
        return old is not null && old.Value.AsSpan().SequenceEqual(value) ? old : new TrieLeaf(in key, value);
    }
}
