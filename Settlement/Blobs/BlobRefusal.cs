using Cloud.Protocol.Messages;

namespace Cloud.Settlement.Blobs;

/// <summary>Why blobs are no checkpoint's data.</summary>
public abstract record BlobRefusal
{
    private BlobRefusal()
    {
    }

    /// <summary>What is wrong.</summary>
    public abstract string Message { get; }

    /// <summary>There are no blobs, too many, or one of another length than a blob has.</summary>
    /// <param name="What">What is wrong with them.</param>
    public sealed record NotBlobs(string What) : BlobRefusal
    {
        /// <inheritdoc/>
        public override string Message => What;
    }

    /// <summary>The first field element is not that of a frame.</summary>
    /// <param name="What">What is wrong with it.</param>
    public sealed record BadFrame(string What) : BlobRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"frame: {What}";
    }

    /// <summary>A field element has bits where the format has none.</summary>
    /// <param name="Blob">The blob, from 0.</param>
    /// <param name="Element">The field element, from 0.</param>
    public sealed record StrayBits(int Blob, int Element) : BlobRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"blob {Blob}: field element {Element} has bits that the format leaves zero";
    }

    /// <summary>The body does not decompress to the length in the frame.</summary>
    /// <param name="Declared">The length in the frame.</param>
    public sealed record BadCompression(int Declared) : BlobRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"the body does not decompress to {Declared} bytes";
    }

    /// <summary>A length in the frame is above what is read.</summary>
    /// <param name="Length">The length.</param>
    /// <param name="Limit">The limit.</param>
    public sealed record TooLarge(long Length, long Limit) : BlobRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"{Length} bytes, at most {Limit} are allowed";
    }

    /// <summary>The body is not the encoding of a checkpoint's data.</summary>
    /// <param name="Field">The first field that is wrong.</param>
    /// <param name="What">What is wrong with it.</param>
    public sealed record BadBody(string Field, string What) : BlobRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"{Field}: {What}";
    }

    /// <summary>The header in the body is refused.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record BadHeader(DecodeRefusal Reason) : BlobRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"header: {Reason.Message}";
    }

    /// <summary>The chunks are not those that the header names.</summary>
    /// <param name="Rule">What must hold.</param>
    public sealed record Inconsistent(string Rule) : BlobRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"the chunks contradict the header: {Rule}";
    }
}
