using System.Collections.Immutable;
using Cloud.Execution.Evm;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Simulation;

/// <summary>Collects a call's logs together with one for each transfer of wei, as if the coin were an ERC-20 token (ERC-7528 gives it its address).</summary>
internal sealed class TransferTracer : Tracer
{
    private static readonly Address Coin = Address.Parse("0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");
    private static readonly Hash256 TransferTopic = Keccak256.Hash("Transfer(address,address,uint256)"u8);

    private readonly Stack<List<Log>> _open = new();

    /// <summary>The logs of the call that ended last; none where it failed.</summary>
    public ImmutableArray<Log> Logs { get; private set; } = [];

    /// <inheritdoc/>
    public override void OnEnter(in CallInfo call)
    {
        _open.Push([]);
        if (!call.Value.IsZero && call.Kind is CallKind.Call or CallKind.CallCode or CallKind.Create or CallKind.Create2)
        {
            Add(call.From, call.To, call.Value);
        }
    }

    /// <inheritdoc/>
    public override void OnExit(long gasUsed, ReadOnlySpan<byte> output, bool isReverted, HaltReason halt)
    {
        List<Log> logs = _open.Pop();
        if (isReverted || halt != HaltReason.None)
        {
            logs.Clear();
        }

        if (_open.TryPeek(out List<Log>? parent))
        {
            parent.AddRange(logs);
        }
        else
        {
            Logs = [.. logs];
        }
    }

    /// <inheritdoc/>
    public override void OnLog(Log log) => _open.Peek().Add(log);

    /// <inheritdoc/>
    public override void OnSelfDestruct(in Address contract, in Address beneficiary, in UInt256 balance)
    {
        if (!balance.IsZero)
        {
            Add(contract, beneficiary, balance);
        }
    }

    private static Hash256 TopicOf(in Address address)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Length];
        bytes.Clear();
        Address.AsSpan(in address).CopyTo(bytes[^Address.Length..]);
        return new Hash256(bytes);
    }

    private void Add(Address from, Address to, UInt256 value)
    {
        byte[] data = new byte[UInt256.Length];
        value.WriteBigEndian(data);
        _open.Peek().Add(new Log(Coin, [TransferTopic, TopicOf(in from), TopicOf(in to)], data));
    }
}
