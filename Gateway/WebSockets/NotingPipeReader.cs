using System.IO.Pipelines;

namespace Cloud.Gateway.WebSockets;

/// <summary>The reading side of a connection, which notes at its <see cref="SocketPipeWriter"/> that something was read.</summary>
/// <param name="inner">The transport's own reader.</param>
/// <param name="writer">Where it is noted.</param>
internal sealed class NotingPipeReader(PipeReader inner, SocketPipeWriter writer) : PipeReader
{
    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed)
    {
        writer.HasRead = true;
        inner.AdvanceTo(consumed);
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        writer.HasRead = true;
        inner.AdvanceTo(consumed, examined);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => inner.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    /// <inheritdoc/>
    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => inner.ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

    /// <inheritdoc/>
    protected override ValueTask<ReadResult> ReadAtLeastAsyncCore(int minimumSize, CancellationToken cancellationToken) => inner.ReadAtLeastAsync(minimumSize, cancellationToken);
}
