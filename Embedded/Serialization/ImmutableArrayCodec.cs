using System.Collections.Immutable;

namespace Cloud.Embedded.Serialization;

/// <summary>An immutable array; the default one stays the default one.</summary>
internal sealed class ImmutableArrayCodec<TItem>(CodecTable table) : Codec<ImmutableArray<TItem>>
{
    private readonly Codec<TItem[]> _items = table.CodecFor<TItem[]>();

    public override void Write(CodecWriter writer, ImmutableArray<TItem> value) =>
        _items.Write(writer, System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsArray(value)!);

    public override ImmutableArray<TItem> Read(CodecReader reader) =>
        System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(_items.Read(reader));
}
