using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>A storage slot in its account's trie.</summary>
/// <param name="key">The hashed slot.</param>
/// <param name="value">Its value, not zero.</param>
internal sealed class SlotLeaf(in Hash256 key, in UInt256 value) : TrieLeaf(in key)
{
    private readonly UInt256 _value = value;

    public UInt256 Value => _value;

    public override int ValueLength => SlotValue.RlpLength(in _value);

    public override void WriteValue(Span<byte> destination) => SlotValue.WriteRlp(in _value, destination);
}
