namespace Orleans.Serialization;

/// <summary>A type has no codec: it lacks <see cref="GenerateSerializerAttribute"/>.</summary>
/// <param name="message">Names the type and the remedy.</param>
public sealed class CodecNotFoundException(string message) : SerializerException(message);
