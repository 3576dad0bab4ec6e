using System.Runtime.CompilerServices;

namespace Cloud.Embedded.Serialization;

/// <summary>An exception without members of its own to encode: message, cause, stack trace and code. What else it has is lost.</summary>
internal sealed class ExceptionCodec<T>(CodecTable table) : Codec<T>
    where T : Exception
{
    public override void Write(CodecWriter writer, T value)
    {
        writer.WriteText(Message(value) ?? value.Message);
        writer.WriteText(value.StackTrace ?? string.Empty);
        writer.WriteInt32(value.HResult);
        table.CodecFor<Exception>().Write(writer, value.InnerException!);
    }

    public override T Read(CodecReader reader)
    {
        T exception = (T)RuntimeHelpers.GetUninitializedObject(typeof(T));
        Message(exception) = reader.ReadText();
        RemoteStackTrace(exception) = reader.ReadText() is { Length: > 0 } trace ? trace + Environment.NewLine : null;
        HResult(exception) = reader.ReadInt32();
        Inner(exception) = table.CodecFor<Exception>().Read(reader);
        return exception;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_message")]
    private static extern ref string? Message(Exception exception);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_remoteStackTraceString")]
    private static extern ref string? RemoteStackTrace(Exception exception);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_HResult")]
    private static extern ref int HResult(Exception exception);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_innerException")]
    private static extern ref Exception? Inner(Exception exception);
}
