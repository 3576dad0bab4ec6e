using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Interfaces.Serialization;

/// <summary>Protocol messages travel in the encoding that is also hashed and stored.</summary>
/// <typeparam name="T">The message.</typeparam>
internal abstract class MessageConverter<T> : IConverter<T, Encoded>
    where T : IMessage<T>
{
    /// <inheritdoc/>
    public T ConvertFromSurrogate(in Encoded surrogate) => T.Decode(surrogate.Bytes) is Decoded<T>.Ok ok
        ? ok.Value
        : throw new InvalidDataException($"{surrogate.Bytes?.Length ?? 0} bytes are no {T.Kind}.");

    /// <inheritdoc/>
    public Encoded ConvertToSurrogate(in T value) => new() { Bytes = value.Encode() };
}

[RegisterConverter]
internal sealed class ChunkProposalConverter : MessageConverter<ChunkProposal>;

[RegisterConverter]
internal sealed class CheckpointProposalConverter : MessageConverter<CheckpointProposal>;

[RegisterConverter]
internal sealed class ChunkAttestationConverter : MessageConverter<ChunkAttestation>;

[RegisterConverter]
internal sealed class CheckpointAttestationConverter : MessageConverter<CheckpointAttestation>;

[RegisterConverter]
internal sealed class ChunkCertificateConverter : MessageConverter<ChunkCertificate>;

[RegisterConverter]
internal sealed class CheckpointCertificateConverter : MessageConverter<CheckpointCertificate>;

[RegisterConverter]
internal sealed class FlashblockConverter : MessageConverter<Flashblock>;

[RegisterConverter]
internal sealed class Hash256Converter : IConverter<Hash256, Encoded>
{
    /// <inheritdoc/>
    public Hash256 ConvertFromSurrogate(in Encoded surrogate) => new(surrogate.Bytes);

    /// <inheritdoc/>
    public Encoded ConvertToSurrogate(in Hash256 value) => new() { Bytes = value.ToArray() };
}

[RegisterConverter]
internal sealed class AddressConverter : IConverter<Address, Encoded>
{
    /// <inheritdoc/>
    public Address ConvertFromSurrogate(in Encoded surrogate) => new(surrogate.Bytes);

    /// <inheritdoc/>
    public Encoded ConvertToSurrogate(in Address value) => new() { Bytes = value.ToArray() };
}
