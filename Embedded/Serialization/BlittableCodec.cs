using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cloud.Embedded.Serialization;

/// <summary>A value type without references, written as its bytes.</summary>
internal sealed class BlittableCodec<T> : Codec<T>
    where T : unmanaged
{
    public override bool IsTrivial => true;

    public override void Write(CodecWriter writer, T value) => MemoryMarshal.Write(writer.Take(Unsafe.SizeOf<T>()), in value);

    public override T Read(CodecReader reader) => MemoryMarshal.Read<T>(reader.Take(Unsafe.SizeOf<T>()));
}
