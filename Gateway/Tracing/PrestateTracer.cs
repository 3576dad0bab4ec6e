using System.Text.Json;
using Cloud.Execution.Evm;
using Cloud.Execution.State;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Tracing;

/// <summary>Records which accounts and slots are touched, and tells what they were before, or what changed.</summary>
/// <param name="request">What is wanted.</param>
/// <param name="budget">What may be recorded.</param>
internal sealed class PrestateTracer(TraceRequest request, TraceBudget budget) : TraceRecorder
{
    private const int AccountBytes = 200;
    private const int SlotBytes = 140;

    private readonly Dictionary<Address, HashSet<UInt256>> _touched = [];

    /// <inheritdoc/>
    public override bool WantsSteps => true;

    /// <inheritdoc/>
    public override void OnEnter(in CallInfo call)
    {
        Touch(call.From);
        Touch(call.To);
    }

    /// <inheritdoc/>
    public override void OnStep(in StepInfo step)
    {
        budget.Look();
        ReadOnlySpan<UInt256> stack = step.Stack;
        switch (step.Opcode)
        {
            case Opcode.SLoad or Opcode.SStore when stack.Length >= 1:
                if (Touch(step.Contract).Add(stack[^1]))
                {
                    budget.Take(SlotBytes);
                }

                break;
            case Opcode.Balance or Opcode.ExtCodeCopy or Opcode.ExtCodeHash or Opcode.ExtCodeSize or Opcode.SelfDestruct when stack.Length >= 1:
                Span<byte> bytes = stackalloc byte[UInt256.Length];
                stack[^1].WriteBigEndian(bytes);
                Touch(new Address(bytes[^Address.Length..]));
                break;
            default:
                break;
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TraceSubject subject)
    {
        Touch(subject.FeeRecipient);
        foreach (Address changed in subject.Changes.Accounts.Keys)
        {
            // Such as those who delegated: no instruction names them.
            Touch(changed);
        }

        writer.WriteStartObject();
        if (request.IsDiff)
        {
            WriteDiff(writer, subject);
        }
        else
        {
            foreach ((Address address, HashSet<UInt256> slots) in _touched)
            {
                writer.WritePropertyName(address.ToString());
                writer.WriteStartObject();
                bool exists = subject.Before.TryGetAccount(in address, out Account account);
                WriteAccount(writer, subject.Before, exists ? account : null);
                WriteSlots(writer, slots.Select(slot => (slot, subject.Before.GetStorage(in address, in slot))));
                writer.WriteEndObject();
            }
        }

        writer.WriteEndObject();
    }

    private HashSet<UInt256> Touch(Address address)
    {
        if (!_touched.TryGetValue(address, out HashSet<UInt256>? slots))
        {
            budget.Take(AccountBytes);
            _touched.Add(address, slots = []);
        }

        return slots;
    }

    private void WriteDiff(Utf8JsonWriter writer, TraceSubject subject)
    {
        List<(Address Address, AccountChange Change, Account? Before, List<UInt256> Slots)> changes = [];
        foreach ((Address address, AccountChange change) in subject.Changes.Accounts)
        {
            Account? before = subject.Before.TryGetAccount(in address, out Account account) ? account : null;
            List<UInt256> slots = [.. (change.Storage ?? []).Where(slot => subject.Before.GetStorage(in address, slot.Key) != slot.Value).Select(slot => slot.Key)];
            if (before != change.After || slots.Count > 0)
            {
                changes.Add((address, change, before, slots));
            }
        }

        writer.WriteStartObject("post"u8);
        foreach ((Address address, AccountChange change, Account? before, List<UInt256> slots) in changes)
        {
            if (change.After is { } after)
            {
                writer.WritePropertyName(address.ToString());
                writer.WriteStartObject();
                Account old = before ?? new Account(0, UInt256.Zero, Keccak256.OfEmpty);
                if (old.Balance != after.Balance)
                {
                    writer.WriteQuantity("balance"u8, after.Balance);
                }

                if (old.Nonce != after.Nonce)
                {
                    writer.WriteNumber("nonce"u8, after.Nonce);
                }

                if (old.CodeHash != after.CodeHash && !request.DisableCode)
                {
                    writer.WriteHex("code"u8, CodeOf(subject, after.CodeHash).Span);
                }

                WriteSlots(writer, slots.Where(slot => !change.Storage![slot].IsZero).Select(slot => (slot, change.Storage![slot])));
                writer.WriteEndObject();
            }
        }

        writer.WriteEndObject();
        writer.WriteStartObject("pre"u8);
        foreach ((Address address, AccountChange change, Account? before, List<UInt256> slots) in changes)
        {
            if (before is { } old)
            {
                writer.WritePropertyName(address.ToString());
                writer.WriteStartObject();
                WriteAccount(writer, subject.Before, old);
                WriteSlots(
                    writer,
                    slots.Select(slot => (slot, subject.Before.GetStorage(in address, in slot))).Where(slot => !slot.Item2.IsZero));
                writer.WriteEndObject();
            }
        }

        writer.WriteEndObject();
    }

    private static ReadOnlyMemory<byte> CodeOf(TraceSubject subject, in Hash256 codeHash) =>
        subject.Changes.Code.TryGetValue(codeHash, out ReadOnlyMemory<byte> created) ? created : subject.Before.GetCode(in codeHash);

    private void WriteAccount(Utf8JsonWriter writer, IStateReader state, Account? account)
    {
        writer.WriteQuantity("balance"u8, account?.Balance ?? UInt256.Zero);
        if (account is { } known && known.CodeHash != Keccak256.OfEmpty && !request.DisableCode)
        {
            ReadOnlyMemory<byte> code = state.GetCode(known.CodeHash);
            budget.Take(2 * code.Length);
            writer.WriteHex("code"u8, code.Span);
        }

        if (account is { Nonce: > 0 })
        {
            writer.WriteNumber("nonce"u8, account.Value.Nonce);
        }
    }

    private void WriteSlots(Utf8JsonWriter writer, IEnumerable<(UInt256 Slot, UInt256 Value)> slots)
    {
        bool isOpen = false;
        foreach ((UInt256 slot, UInt256 value) in request.DisableStorage ? [] : slots)
        {
            if (!isOpen)
            {
                isOpen = true;
                writer.WriteStartObject("storage"u8);
            }

            writer.WriteWordName(in slot);
            writer.WriteWord(in value);
        }

        if (isOpen)
        {
            writer.WriteEndObject();
        }
    }
}
