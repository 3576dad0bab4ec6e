using System.Text.Json;
using Cloud.Embedded.Serialization;
using Orleans.Serialization;

namespace Cloud.Embedded.Storage;

/// <summary>States with a codec in its encoding, others as JSON; the first byte says which.</summary>
internal sealed class GrainStateSerializer(CodecTable codecs)
{
    private const byte Encoded = 1;
    private const byte Json = 2;

    public byte[] Serialize<T>(T? input)
    {
        bool encode = codecs.CanEncode(typeof(T));
        byte[] body = encode ? codecs.Encode(input!) : JsonSerializer.SerializeToUtf8Bytes(input);
        byte[] result = new byte[body.Length + 1];
        result[0] = encode ? Encoded : Json;
        body.CopyTo(result, 1);
        return result;
    }

    public T? Deserialize<T>(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
        {
            throw new SerializerException($"The stored state of type {typeof(T)} is empty.");
        }

        try
        {
            return input.Span[0] switch
            {
                Encoded => codecs.Decode<T>(input[1..]),
                Json => JsonSerializer.Deserialize<T>(input.Span[1..]),
                byte other => throw new SerializerException($"The stored state of type {typeof(T)} has the unknown format {other}."),
            };
        }
        catch (Exception exception) when (exception is not SerializerException)
        {
            throw new SerializerException($"The stored state of type {typeof(T)} cannot be decoded: {exception.Message}", exception);
        }
    }
}
