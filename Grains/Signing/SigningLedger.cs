using Cloud.Protocol.Crypto;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Signing;
using Microsoft.Extensions.Logging;

namespace Cloud.Grains.Signing;

/// <summary>What one key signs: decided by <see cref="SigningRules"/>, written on a condition, and only then signed. For the turns of one grain; calls may interleave.</summary>
/// <remarks>
/// Requests that wait for the store are one write. After a write that failed nobody knows what is stored: the record is read again before anything else is decided, and what it says counts.
/// So two activations of a validator, or two processes on one store, never sign two things at one position.
/// </remarks>
internal sealed partial class SigningLedger(IPersistentState<LedgerState> store, IValidatorSigner? signer, SigningDomains domains, ILogger logger)
{
    /// <summary>Slots that are remembered below the newest one; older duties are refused by watermark.</summary>
    private const ulong SlotsKept = 4;

    private const int Attempts = 3;

    /// <summary>Chunks whose flashblocks are kept: the newest, and the one below it, which may not be sealed yet.</summary>
    private const int ChunksKept = 2;

    private readonly Queue<Request> _waiting = new();
    private readonly List<KeptFlashblock> _flashblocks = [];
    private readonly Dictionary<Duty, Hash256?> _signed = [];
    private SigningWatermarks _watermarks;
    private bool _isLoaded;
    private bool _isStale;
    private bool _isRunning;

    /// <summary>Signs, or says why not.</summary>
    /// <param name="duty">What for.</param>
    /// <param name="digest">What is signed.</param>
    /// <param name="flashblock">What a flashblock says, where whoever takes the slot over must find it beside the record that it was signed; null where not.</param>
    public Task<LedgerOutcome> SignAsync(Duty duty, Hash256 digest, FlashblockPayload? flashblock = null)
    {
        if (signer is null)
        {
            return Task.FromResult<LedgerOutcome>(new LedgerOutcome.Refused("This process does not have the validator's key."));
        }

        Request request = new(duty, digest, null, writes: true) { Flashblock = flashblock };
        _waiting.Enqueue(request);
        Start();
        return request.Done.Task;
    }

    /// <summary>What the flashblocks of a slot say that were signed last and are kept; the same digests are signed again.</summary>
    public async Task<IReadOnlyList<FlashblockPayload>> FindFlashblocksAsync(ulong slot)
    {
        // Read anew: who was the proposer until now may be another activation.
        Request request = new(default, default, static _ => { }, writes: false);
        _isStale = true;
        _waiting.Enqueue(request);
        Start();
        await request.Done.Task;
        return [.. _flashblocks.Select(kept => kept.Payload).Where(flashblock => flashblock.Slot == slot)];
    }

    /// <summary>What was signed.</summary>
    public async Task<ValidatorHistory> ExportAsync(Address validator)
    {
        // In line with the writes, so that the export holds every signature that has left.
        Request request = new(default, default, static _ => { }, writes: false);
        _waiting.Enqueue(request);
        Start();
        await request.Done.Task;
        return new ValidatorHistory(validator, _watermarks, [.. _signed.Select(pair => new SignedDuty(pair.Key, pair.Value)).OrderBy(signed => signed.Duty)]);
    }

    /// <summary>Adds what was signed elsewhere; nowhere less careful than before.</summary>
    public async Task<LedgerOutcome?> ImportAsync(ValidatorHistory history)
    {
        Request request = new(default, default, ledger => ledger.Merge(history), writes: true);
        _waiting.Enqueue(request);
        Start();
        LedgerOutcome outcome = await request.Done.Task;
        return outcome is LedgerOutcome.Failed ? outcome : null;
    }

    private void Start()
    {
        if (!_isRunning)
        {
            _isRunning = true;
            _ = Run();
        }
    }

    private async Task Run()
    {
        // Requests of the same turn join this write.
        await Task.Yield();
        try
        {
            while (_waiting.Count > 0)
            {
                List<Request> batch = [];
                while (_waiting.TryDequeue(out Request? request))
                {
                    batch.Add(request);
                }

                await Serve(batch);
            }
        }
        finally
        {
            _isRunning = false;
        }
    }

    private async Task Serve(List<Request> batch)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                if (_isStale)
                {
                    await store.ReadStateAsync();
                    _isStale = false;
                    _isLoaded = false;
                }

                Load();
                if (Decide(batch))
                {
                    // Whatever comes of the write: what is in memory is only believed when it has succeeded.
                    _isStale = true;
                    await store.WriteStateAsync();
                    _isStale = false;
                }

                break;
            }
            catch (Exception exception)
            {
                LogWriteFailed(logger, exception, attempt);
                _isStale = true;
                if (attempt == Attempts)
                {
                    foreach (Request request in batch)
                    {
                        request.Done.TrySetResult(request.Refusal ?? (LedgerOutcome)new LedgerOutcome.Failed($"The signing ledger could not be written: {exception.Message}"));
                    }

                    return;
                }
            }
        }

        foreach (Request request in batch)
        {
            request.Done.TrySetResult(await Answer(request));
        }
    }

    private async Task<LedgerOutcome> Answer(Request request)
    {
        if (request.Refusal is { } refusal)
        {
            LogRefused(logger, refusal.Message);
            return refusal;
        }

        if (request.Change is not null)
        {
            return new LedgerOutcome.Signed(default);
        }

        try
        {
            Signature signature = await signer!.SignAsync(request.Duty, request.Digest);
            if (domains.TryRecover(request.Digest, signature, out Address by) && by == signer.Address)
            {
                return new LedgerOutcome.Signed(signature);
            }

            // Nobody would take what it signs, but this silo would build on its own chunks, and the next proposer here with it.
            LogWrongKey(logger, signer.Address, by);
            return new LedgerOutcome.Failed($"The signer of {signer.Address} has another key than that.");
        }
        catch (Exception exception)
        {
            LogSignerFailed(logger, exception);
            return new LedgerOutcome.Failed($"The validator's key did not sign: {exception.Message}");
        }
    }

    /// <summary>Decides about each request against what is stored and those before it in the batch.</summary>
    /// <returns>Whether there is something to write.</returns>
    private bool Decide(List<Request> batch)
    {
        bool hasChanged = false;
        foreach (Request request in batch)
        {
            request.Refusal = null;
            if (request.Change is { } change)
            {
                hasChanged |= request.Writes;
                change(this);
                continue;
            }

            SignedDuty? existing = _signed.TryGetValue(request.Duty, out Hash256? root) ? new SignedDuty(request.Duty, root) : null;
            switch (SigningRules.Decide(request.Duty, request.Digest, _watermarks.Of(request.Duty.Kind), existing))
            {
                case SigningDecision.Sign sign:
                    _signed.Add(sign.Record.Duty, sign.Record.SigningRoot);
                    Keep(request.Flashblock);
                    Forget(sign.Record.Duty.Slot);
                    hasChanged = true;
                    break;
                case SigningDecision.WouldEquivocate conflict:
                    request.Refusal = new LedgerOutcome.Refused(conflict.Message);
                    break;
                case SigningDecision.BelowWatermark below:
                    request.Refusal = new LedgerOutcome.Refused(below.Message);
                    break;
                default:
                    break;
            }
        }

        if (hasChanged)
        {
            store.State = new LedgerState
            {
                Signed = [.. _signed.Select(pair => LedgerEntry.Of(new SignedDuty(pair.Key, pair.Value)))],
                Flashblocks = [.. _flashblocks.Select(kept => kept.Encoded)],
            };
            store.State.Set(_watermarks);
        }

        return hasChanged;
    }

    private void Load()
    {
        if (_isLoaded)
        {
            return;
        }

        _isLoaded = true;
        _signed.Clear();
        LedgerState state = store.State ?? new LedgerState();
        _watermarks = state.ToWatermarks();
        foreach (LedgerEntry entry in state.Signed)
        {
            SignedDuty signed = entry.ToSigned();
            _signed[signed.Duty] = signed.SigningRoot;
        }

        _flashblocks.Clear();
        _flashblocks.AddRange(state.Flashblocks.Select(Read));
    }

    private static KeptFlashblock Read(byte[] encoded) =>
        FlashblockPayload.Decode(encoded) is Decoded<FlashblockPayload>.Ok ok ? new KeptFlashblock(ok.Value, encoded) : throw new InvalidDataException("The stored signing ledger holds what is no flashblock.");

    private void Keep(FlashblockPayload? flashblock)
    {
        if (flashblock is null)
        {
            return;
        }

        _flashblocks.Add(new KeptFlashblock(flashblock, flashblock.Encode()));
        (ulong, uint)[] chunks = [.. _flashblocks.Select(kept => kept.Chunk).Distinct().OrderDescending().Take(ChunksKept)];
        _flashblocks.RemoveAll(kept => !chunks.Contains(kept.Chunk));
    }

    private void Merge(ValidatorHistory history)
    {
        _watermarks = _watermarks.Max(history.Watermarks);
        foreach ((Duty duty, Hash256? root) in history.Signed)
        {
            if (!_signed.TryAdd(duty, root) && _signed[duty] != root)
            {
                _signed[duty] = null;
            }
        }

        RemoveBelowWatermarks();
    }

    /// <summary>Raises the watermarks as the slots go on. A later duty of an older slot is then refused, which costs an attestation and never a stake.</summary>
    private void Forget(ulong newest)
    {
        if (newest > SlotsKept && newest - SlotsKept > _watermarks.Flashblocks)
        {
            _watermarks = _watermarks.RaisedTo(newest - SlotsKept);
            RemoveBelowWatermarks();
        }
    }

    private void RemoveBelowWatermarks()
    {
        foreach (Duty duty in _signed.Keys.ToArray())
        {
            if (duty.Slot < _watermarks.Of(duty.Kind))
            {
                _signed.Remove(duty);
            }
        }
    }

    [LoggerMessage(9, LogLevel.Error, "The signer of {Validator} signs with the key of {Signer}: nothing that it signs is used")]
    private static partial void LogWrongKey(ILogger logger, Address validator, Address signer);

    [LoggerMessage(1, LogLevel.Warning, "The signing ledger could not be written, attempt {Attempt}")]
    private static partial void LogWriteFailed(ILogger logger, Exception exception, int attempt);

    [LoggerMessage(2, LogLevel.Error, "Signature refused: {Message}")]
    private static partial void LogRefused(ILogger logger, string message);

    [LoggerMessage(3, LogLevel.Error, "The validator's key did not sign")]
    private static partial void LogSignerFailed(ILogger logger, Exception exception);

    /// <summary>Encoded once: every record of the validator is written with it.</summary>
    private sealed record KeptFlashblock(FlashblockPayload Payload, byte[] Encoded)
    {
        public (ulong Slot, uint Index) Chunk => (Payload.Slot, Payload.Chunk);
    }

    private sealed class Request(Duty duty, Hash256 digest, Action<SigningLedger>? change, bool writes)
    {
        public Duty Duty { get; } = duty;

        public Hash256 Digest { get; } = digest;

        public Action<SigningLedger>? Change { get; } = change;

        public bool Writes { get; } = writes;

        public FlashblockPayload? Flashblock { get; init; }

        public LedgerOutcome.Refused? Refusal { get; set; }

        public TaskCompletionSource<LedgerOutcome> Done { get; } = new();
    }
}
