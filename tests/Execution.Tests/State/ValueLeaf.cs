using Cloud.Execution.State.Tries;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Tests.State;

/// <summary>A leaf with any value.</summary>
internal sealed class ValueLeaf(in Hash256 key, byte[] value) : TrieLeaf(in key)
{
    public byte[] Value => value;

    public override int ValueLength => value.Length;

    public override void WriteValue(Span<byte> destination) => value.CopyTo(destination);
}
