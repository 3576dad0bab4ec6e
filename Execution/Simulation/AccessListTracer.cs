using System.Collections.Immutable;
using Cloud.Execution.Evm;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Simulation;

/// <summary>Collects the accounts and slots that a call touches, whether or not the calls around them fail.</summary>
internal sealed class AccessListTracer : Tracer
{
    private readonly List<Address> _addresses = [];
    private readonly Dictionary<Address, List<Hash256>> _slots = [];
    private readonly HashSet<(Address, Hash256)> _seen = [];
    private readonly Func<Address, bool> _isWarm;

    public AccessListTracer(ImmutableArray<AccessListEntry> known, Func<Address, bool> isWarm)
    {
        _isWarm = isWarm;
        foreach (AccessListEntry entry in known)
        {
            Add(entry.Address);
            foreach (Hash256 key in entry.StorageKeys)
            {
                Add(entry.Address, in key);
            }
        }

        HasGrown = false;
    }

    public override bool WantsSteps => true;

    /// <summary>Whether something was touched that was not known before.</summary>
    public bool HasGrown { get; private set; }

    public ImmutableArray<AccessListEntry> ToList() => [.. _addresses.Select(address => new AccessListEntry(address, [.. _slots[address]]))];

    public override void OnStep(in StepInfo step)
    {
        ReadOnlySpan<UInt256> stack = step.Stack;
        switch (step.Opcode)
        {
            case Opcode.SLoad or Opcode.SStore when stack.Length >= 1:
                Span<byte> key = stackalloc byte[UInt256.Length];
                stack[^1].WriteBigEndian(key);
                Hash256 slot = new(key);
                Add(step.Contract, in slot);
                break;
            case Opcode.Balance or Opcode.ExtCodeCopy or Opcode.ExtCodeHash or Opcode.ExtCodeSize or Opcode.SelfDestruct when stack.Length >= 1:
                Touch(in stack[^1]);
                break;
            case Opcode.Call or Opcode.CallCode or Opcode.DelegateCall or Opcode.StaticCall when stack.Length >= 5:
                Touch(in stack[^2]);
                break;
            default:
                break;
        }
    }

    private void Touch(in UInt256 word)
    {
        Span<byte> bytes = stackalloc byte[UInt256.Length];
        word.WriteBigEndian(bytes);
        Address address = new(bytes[^Address.Length..]);
        if (!_isWarm(address))
        {
            Add(address);
        }
    }

    private void Add(Address address)
    {
        if (_slots.TryAdd(address, []))
        {
            _addresses.Add(address);
            HasGrown = true;
        }
    }

    private void Add(Address address, in Hash256 key)
    {
        Add(address);
        if (_seen.Add((address, key)))
        {
            _slots[address].Add(key);
            HasGrown = true;
        }
    }
}
