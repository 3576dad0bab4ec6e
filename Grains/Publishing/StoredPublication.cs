using Cloud.Grains.Interfaces.Publishing;
using Cloud.Protocol.Messages;

namespace Cloud.Grains.Publishing;

/// <summary>A publication as it is stored: what is needed to send it again after a crash.</summary>
[GenerateSerializer]
[Alias("StoredPublication")]
public sealed record StoredPublication
{
    /// <summary>The slot.</summary>
    [Id(0)]
    public ulong Slot { get; set; }

    /// <summary>The checkpoint proposal in its canonical encoding.</summary>
    [Id(1)]
    public byte[] Proposal { get; set; } = [];

    /// <summary>The certificate in its canonical encoding.</summary>
    [Id(2)]
    public byte[] Certificate { get; set; } = [];

    /// <summary>The chunks in their canonical encodings, with bodies.</summary>
    [Id(3)]
    public List<byte[]> Chunks { get; set; } = [];

    /// <summary>The earliest instant to send.</summary>
    [Id(4)]
    public DateTimeOffset NotBefore { get; set; }

    /// <summary>The last useful one.</summary>
    [Id(5)]
    public DateTimeOffset Expires { get; set; }

    /// <summary>Number of the checkpoint to invalidate first.</summary>
    [Id(6)]
    public ulong? InvalidateFirst { get; set; }

    /// <summary>What is stored of a request.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The record.</returns>
    public static StoredPublication Of(PublicationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new StoredPublication
        {
            Slot = request.Proposal.Header.Slot,
            Proposal = request.Proposal.Encode(),
            Certificate = request.Certificate.Encode(),
            Chunks = [.. request.Chunks.Select(chunk => chunk.Encode())],
            NotBefore = request.NotBefore,
            Expires = request.Expires,
            InvalidateFirst = request.InvalidateFirst,
        };
    }

    /// <summary>The request.</summary>
    /// <returns>What the record was made of.</returns>
    public PublicationRequest ToRequest() => new(
        Read<CheckpointProposal>(Proposal), Read<CheckpointCertificate>(Certificate), [.. Chunks.Select(Read<ChunkProposal>)], NotBefore, Expires, InvalidateFirst);

    private static T Read<T>(byte[] encoded)
        where T : IMessage<T> => T.Decode(encoded) is Decoded<T>.Ok ok ? ok.Value : throw new InvalidDataException($"A stored publication holds what is no {T.Kind}.");
}
