using System.Runtime.CompilerServices;

namespace Cloud.Embedded.Serialization;

/// <summary>An exception without members of its own to encode: message, cause, stack trace and code. What else it has is lost.</summary>
internal sealed class ExceptionCodec<T>(CodecTable table) : Codec<T>
    where T : Exception
{
    public override void Write(CodecWriter writer, T value) => ExceptionState.Write(table, writer, value);

    public override T Read(CodecReader reader)
    {
        T exception = (T)RuntimeHelpers.GetUninitializedObject(typeof(T));
        ExceptionState.Read(table, reader, exception);
        return exception;
    }
}
