using System.Collections.Immutable;
using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Validation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace Cloud.Grains.Feed;

/// <summary>What reaches a silo: the streams, and the direct calls of slot grains. Messages are decoded and validated here; the silo's turns and its replica get what is left.</summary>
internal sealed partial class FeedReceiver(SiloNode silo, IServiceProvider services, ILogger logger) : ISiloFeed
{
    private readonly Dictionary<string, long> _sequences = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    public Task Announce(ChunkNotice notice)
    {
        silo.InTurn(() => silo.Consider(notice));
        return Task.CompletedTask;
    }

    public Task Certified(ChunkCertificate certificate)
    {
        silo.InTurn(() => silo.Take(certificate).Forget(logger));
        return Task.CompletedTask;
    }

    public Task Proposed(CheckpointProposal proposal)
    {
        silo.InTurn(() => silo.Take(proposal).Forget(logger));
        return Task.CompletedTask;
    }

    public Task Certified(CheckpointCertificate certificate)
    {
        silo.InTurn(() => silo.Take(certificate).Forget(logger));
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<byte[]>> PullBodies(ImmutableArray<Hash256> hashes) => Task.FromResult(hashes.IsDefaultOrEmpty
        ? []
        : FeedAnswers.Bodies(hashes, hash => silo.Replica.FindTransactions([hash]) is [var raw] ? raw : Bytes.Empty));

    public Task<ImmutableArray<Flashblock>> PullFlashblocks(ulong slot, uint chunk, uint from)
    {
        ImmutableArray<Flashblock> all = silo.Replica.FindFlashblocks(slot, chunk);
        return Task.FromResult<ImmutableArray<Flashblock>>(from >= (uint)all.Length ? [] : [.. all.Skip((int)from).Take(FeedLimits.MaxFlashblocks)]);
    }

    /// <summary>Publishes without waiting for delivery.</summary>
    internal void Publish(string stream, ImmutableArray<byte[]> messages)
    {
        long sequence;
        lock (_gate)
        {
            _sequences[stream] = sequence = _sequences.GetValueOrDefault(stream) + 1;
        }

        Stream(stream).OnNextAsync(new FeedItem(silo.Name, sequence, messages)).Forget(logger);
    }

    /// <summary>Subscribes to the streams; tries until it works.</summary>
    internal async Task SubscribeAsync(CancellationToken cancellationToken)
    {
        (string Stream, Func<FeedItem, Task> Take)[] streams =
        [
            (FeedStreams.Transactions, TakeTransactions),
            (FeedStreams.Flashblocks, TakeFlashblocks),
            (FeedStreams.Chunks, TakeChunks),
            (FeedStreams.Checkpoints, TakeCheckpoints),
        ];
        foreach ((string stream, Func<FeedItem, Task> take) in streams)
        {
            for (int attempt = 1; !cancellationToken.IsCancellationRequested; attempt++)
            {
                try
                {
                    await Stream(stream).SubscribeAsync((item, _) => item.Source == silo.Name ? Task.CompletedTask : take(item));
                    break;
                }
                catch (Exception exception)
                {
                    LogNotSubscribed(logger, exception, stream);
                }

                await Task.Delay(silo.Options.BackOff(attempt), silo.Time, cancellationToken);
            }
        }
    }

    private IAsyncStream<FeedItem> Stream(string name) =>
        services.GetRequiredKeyedService<IStreamProvider>(FeedStreams.Provider).GetStream<FeedItem>(FeedStreams.Of(name));

    private Task TakeTransactions(FeedItem item)
    {
        // They are in the pool, in this order, when this returns. Nobody waits until each is durable here too: whoever accepted them has them on disk, and the stream would pass on one per write.
        foreach (byte[] raw in item.Messages)
        {
            silo.Replica.TransactionArrivedAsync(raw).Forget(logger);
        }

        return Task.CompletedTask;
    }

    private async Task TakeFlashblocks(FeedItem item)
    {
        foreach (byte[] encoded in item.Messages)
        {
            if (Read<Flashblock>(encoded) is { } flashblock && await silo.CommitteeOf(flashblock.Payload.Slot) is Committee committee)
            {
                Validity validity = silo.Rollup.Validator.Validate(flashblock, new SlotCommittee.Known(committee), silo.Time.GetUtcNow());
                if (Accept(nameof(Flashblock), validity))
                {
                    await silo.Replica.FlashblockArrivedAsync(new Validated<Flashblock>(flashblock, validity));
                }
            }
        }
    }

    private async Task TakeChunks(FeedItem item)
    {
        foreach (byte[] encoded in item.Messages)
        {
            if (Read<ChunkProposal>(encoded) is { } proposal && await silo.CommitteeOf(proposal.Header.Slot) is Committee committee)
            {
                Validity validity = silo.Rollup.Validator.Validate(proposal, new SlotCommittee.Known(committee), silo.Time.GetUtcNow());
                if (Accept(nameof(ChunkProposal), validity))
                {
                    await silo.Replica.ChunkArrivedAsync(new Validated<ChunkProposal>(proposal, validity));
                    silo.InTurn(() => silo.Consider(proposal));
                }
            }
        }
    }

    private Task TakeCheckpoints(FeedItem item)
    {
        foreach (byte[] encoded in item.Messages)
        {
            if (Read<CheckpointProposal>(encoded) is { } proposal)
            {
                silo.InTurn(() => silo.Take(proposal).Forget(logger));
            }
        }

        return Task.CompletedTask;
    }

    private T? Read<T>(byte[] encoded)
        where T : class, IMessage<T>
    {
        switch (T.Decode(encoded))
        {
            case Decoded<T>.Ok ok:
                return ok.Value;
            case Decoded<T>.Refused refused:
                LogRefused(logger, typeof(T).Name, refused.Reason.ToString());
                return null;
            default:
                throw new InvalidOperationException("A decoding of an unknown kind.");
        }
    }

    private bool Accept(string kind, Validity validity)
    {
        if (validity is Validity.Accepted)
        {
            return true;
        }

        LogRefused(logger, kind, validity.ToString());
        return false;
    }

    [LoggerMessage(20, LogLevel.Warning, "The stream {Stream} could not be subscribed to yet")]
    private static partial void LogNotSubscribed(ILogger logger, Exception exception, string stream);

    [LoggerMessage(21, LogLevel.Information, "A {Kind} from a stream was refused: {Reason}")]
    private static partial void LogRefused(ILogger logger, string kind, string reason);
}
