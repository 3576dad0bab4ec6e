using System.Runtime.CompilerServices;

namespace Cloud.Embedded.Serialization;

/// <summary>What every exception has.</summary>
internal static class ExceptionState
{
    public static void Write(CodecTable table, CodecWriter writer, Exception value)
    {
        writer.WriteText(Message(value) ?? value.Message);
        writer.WriteText(value.StackTrace ?? string.Empty);
        writer.WriteInt32(value.HResult);
        table.CodecFor<Exception>().Write(writer, value.InnerException!);
    }

    public static void Read(CodecTable table, CodecReader reader, Exception exception)
    {
        Message(exception) = reader.ReadText();
        RemoteStackTrace(exception) = reader.ReadText() is { Length: > 0 } trace ? trace + Environment.NewLine : null;
        HResult(exception) = reader.ReadInt32();
        Inner(exception) = table.CodecFor<Exception>().Read(reader);
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
