using System.Text.Json;
using Cloud.Execution.Simulation;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Eth;

/// <summary>Reads state and block overrides of eth_call and eth_simulateV1.</summary>
internal static class OverrideReader
{
    private const int MaxAccounts = 1000;
    private const int MaxSlots = 10_000;

    /// <summary>Reads a state override set.</summary>
    /// <param name="element">The object; undefined or null for none.</param>
    /// <param name="overrides">The overrides by account.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? TryReadState(JsonElement element, out Dictionary<Address, StateOverride> overrides)
    {
        overrides = [];
        if (element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return null;
        }

        if (element.ValueKind != JsonValueKind.Object)
        {
            return "an object is expected";
        }

        int slots = 0;
        foreach (JsonProperty account in element.EnumerateObject())
        {
            if (!Address.TryParse(account.Name, null, out Address address))
            {
                return "an address is expected";
            }

            CallRequest.Reader reader = new(account.Value);
            StateOverride wanted = new()
            {
                Balance = reader.UInt256("balance"u8),
                Nonce = reader.UInt64("nonce"u8),
                Code = reader.Bytes("code"u8),
                State = reader.Has("state"u8) ? ReadSlots(account.Value.GetProperty("state"u8), reader, ref slots) : null,
                StateDiff = reader.Has("stateDiff"u8) ? ReadSlots(account.Value.GetProperty("stateDiff"u8), reader, ref slots) : null,
            };
            if (reader.Fault is { } fault)
            {
                return fault;
            }

            if (wanted is { State: not null, StateDiff: not null })
            {
                return $"account {address} has both 'state' and 'stateDiff'";
            }

            if (reader.Has("movePrecompileToAddress"u8))
            {
                return "movePrecompileToAddress is not supported";
            }

            overrides[address] = wanted;
            if (overrides.Count > MaxAccounts || slots > MaxSlots)
            {
                return $"too many overrides: at most {MaxAccounts} accounts and {MaxSlots} slots are allowed";
            }
        }

        return null;
    }

    /// <summary>Reads block overrides.</summary>
    /// <param name="element">The object; undefined or null for none.</param>
    /// <param name="overrides">The overrides.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? TryReadBlock(JsonElement element, out BlockOverride overrides)
    {
        overrides = new BlockOverride();
        if (element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return null;
        }

        CallRequest.Reader reader = new(element);
        overrides = new BlockOverride
        {
            Number = reader.UInt64("number"u8),
            Timestamp = reader.UInt64("time"u8) ?? reader.UInt64("timestamp"u8),
            GasLimit = reader.UInt64("gasLimit"u8),
            FeeRecipient = reader.Address("feeRecipient"u8) ?? reader.Address("coinbase"u8),
            PrevRandao = reader.Hash("prevRandao"u8) ?? reader.Hash("random"u8),
            BaseFeePerGas = reader.UInt256("baseFeePerGas"u8) ?? reader.UInt256("baseFee"u8),
            BlobBaseFee = reader.UInt256("blobBaseFee"u8),
        };
        return reader.Fault ?? (overrides.GasLimit > long.MaxValue ? "gasLimit: must have at most 63 bits" : null);
    }

    private static Dictionary<UInt256, UInt256> ReadSlots(JsonElement element, CallRequest.Reader reader, ref int slots)
    {
        Dictionary<UInt256, UInt256> result = [];
        if (element.ValueKind != JsonValueKind.Object)
        {
            reader.Fault ??= "an object of slots is expected";
            return result;
        }

        foreach (JsonProperty slot in element.EnumerateObject())
        {
            if (++slots > MaxSlots)
            {
                break;
            }

            if (!Hash256.TryParse(slot.Name, null, out Hash256 key))
            {
                reader.Fault ??= "a slot is named by 32 bytes in hex";
                break;
            }

            if (RpcValues.TryReadHash(slot.Value, out Hash256 value) is { } fault)
            {
                reader.Fault ??= fault;
                break;
            }

            result[UInt256.FromBigEndian(Hash256.AsSpan(in key))] = UInt256.FromBigEndian(Hash256.AsSpan(in value));
        }

        return result;
    }
}
