using System.Collections.Immutable;
using System.Text.Json;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Gateway.Eth;

/// <summary>The transaction object of eth_call and its relatives.</summary>
/// <param name="Sender">Who calls; zero where it is not given.</param>
/// <param name="Fields">What is called. A gas limit of 0 means that none was given, a fee cap of 0 that no fee is paid.</param>
/// <param name="HasNonce">Whether a nonce was given.</param>
internal sealed record CallRequest(Address Sender, TransactionFields Fields, bool HasNonce)
{
    private const int MaxListItems = 10_000;

    /// <summary>Reads the object.</summary>
    /// <param name="element">The object.</param>
    /// <param name="chainId">The chain.</param>
    /// <param name="error">What is wrong, or null.</param>
    /// <returns>The call; a meaningless one where there is an error.</returns>
    public static CallRequest Read(JsonElement element, ulong chainId, out RpcError? error)
    {
        Reader reader = new(element);
        Address? from = reader.Address("from"u8);
        Address? to = reader.Address("to"u8);
        ulong gas = reader.UInt64("gas"u8) ?? 0;
        UInt256? gasPrice = reader.UInt256("gasPrice"u8);
        UInt256? maxFee = reader.UInt256("maxFeePerGas"u8);
        UInt256? maxTip = reader.UInt256("maxPriorityFeePerGas"u8);
        UInt256 value = reader.UInt256("value"u8) ?? UInt256.Zero;
        ulong? nonce = reader.UInt64("nonce"u8);
        Bytes? data = reader.Bytes("data"u8);
        Bytes? input = reader.Bytes("input"u8);
        UInt256? chain = reader.UInt256("chainId"u8);
        ImmutableArray<AccessListEntry>? accessList = reader.AccessList("accessList"u8);
        ImmutableArray<Authorization>? authorizations = reader.Authorizations("authorizationList"u8);
        if (reader.Fault is null)
        {
            reader.Fault =
                gasPrice is not null && (maxFee is not null || maxTip is not null) ? "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified"
                : maxFee is { } cap && maxTip is { } tip && cap < tip ? $"maxFeePerGas ({cap}) < maxPriorityFeePerGas ({tip})"
                : data is { } d && input is { } i && d != i ? "both \"data\" and \"input\" are set and not equal. Please use \"input\" to pass transaction call data"
                : chain is { } named && named != chainId ? $"chainId does not match node's (have={named}, want={chainId})"
                : reader.Has("blobVersionedHashes"u8) || reader.Has("blobs"u8) ? "transaction type not supported: blob transactions are refused on L2"
                : to is null && authorizations is { IsEmpty: false } ? "EIP-7702 transaction cannot be used to create contract"
                : null;
        }

        error = reader.Fault is { } fault ? reader.IsMalformed ? RpcError.InvalidArgument(0, fault) : RpcError.Server(fault) : null;
        UInt256 feeCap = gasPrice ?? maxFee ?? maxTip ?? UInt256.Zero;
        TransactionFields fields = new()
        {
            Type = authorizations is { IsEmpty: false } ? TransactionType.SetCode : TransactionType.DynamicFee,
            ChainId = chainId,
            Nonce = nonce ?? 0,
            MaxFeePerGas = feeCap,
            MaxPriorityFeePerGas = gasPrice ?? maxTip ?? UInt256.Zero,
            GasLimit = gas,
            To = to,
            Value = value,
            Data = input ?? data ?? default,
            AccessList = accessList ?? [],
            Authorizations = authorizations ?? [],
        };
        return new CallRequest(from ?? default, fields, nonce is not null);
    }

    /// <summary>Reads fields of an object; keeps the first fault.</summary>
    internal sealed class Reader(JsonElement element)
    {
        public string? Fault { get; set; } = element.ValueKind == JsonValueKind.Object ? null : "an object is expected";

        /// <summary>Whether a value has the wrong form, rather than that values contradict each other.</summary>
        public bool IsMalformed { get; private set; } = element.ValueKind != JsonValueKind.Object;

        public bool Has(ReadOnlySpan<byte> name) =>
            element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

        public Address? Address(ReadOnlySpan<byte> name) => Read<Address>(name, RpcValues.TryReadAddress);

        public Hash256? Hash(ReadOnlySpan<byte> name) => Read<Hash256>(name, RpcValues.TryReadHash);

        public ulong? UInt64(ReadOnlySpan<byte> name) => Read<ulong>(name, RpcValues.TryReadUInt64);

        public UInt256? UInt256(ReadOnlySpan<byte> name) => Read<UInt256>(name, RpcValues.TryReadUInt256);

        public Bytes? Bytes(ReadOnlySpan<byte> name) => Read<Bytes>(name, RpcValues.TryReadBytes);

        public bool Boolean(ReadOnlySpan<byte> name)
        {
            if (!Has(name))
            {
                return false;
            }

            JsonElement value = element.GetProperty(name);
            if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            {
                Refuse(name, "true or false is expected");
            }

            return value.ValueKind == JsonValueKind.True;
        }

        public ImmutableArray<AccessListEntry>? AccessList(ReadOnlySpan<byte> name)
        {
            if (!Has(name))
            {
                return null;
            }

            ImmutableArray<AccessListEntry>.Builder entries = ImmutableArray.CreateBuilder<AccessListEntry>();
            int items = 0;
            foreach (JsonElement item in Array(name, element.GetProperty(name), ref items))
            {
                Reader entry = new(item);
                Address address = entry.Address("address"u8) ?? default;
                ImmutableArray<Hash256>.Builder keys = ImmutableArray.CreateBuilder<Hash256>();
                if (entry.Has("storageKeys"u8))
                {
                    foreach (JsonElement key in Array(name, item.GetProperty("storageKeys"u8), ref items))
                    {
                        if (RpcValues.TryReadHash(key, out Hash256 hash) is { } fault)
                        {
                            Refuse(name, fault);
                        }

                        keys.Add(hash);
                    }
                }

                Take(name, entry);
                entries.Add(new AccessListEntry(address, keys.DrainToImmutable()));
            }

            return entries.DrainToImmutable();
        }

        public ImmutableArray<Authorization>? Authorizations(ReadOnlySpan<byte> name)
        {
            if (!Has(name))
            {
                return null;
            }

            ImmutableArray<Authorization>.Builder list = ImmutableArray.CreateBuilder<Authorization>();
            int items = 0;
            foreach (JsonElement item in Array(name, element.GetProperty(name), ref items))
            {
                Reader entry = new(item);
                UInt256 chain = entry.UInt256("chainId"u8) ?? default;
                Address address = entry.Address("address"u8) ?? default;
                ulong nonce = entry.UInt64("nonce"u8) ?? 0;
                ulong parity = entry.UInt64("yParity"u8) ?? entry.UInt64("v"u8) ?? 0;
                UInt256 r = entry.UInt256("r"u8) ?? default;
                UInt256 s = entry.UInt256("s"u8) ?? default;
                Take(name, entry);
                list.Add(new Authorization(chain, address, nonce, new Protocol.Crypto.Signature(r, s, parity is 1 or 28 ? (byte)1 : parity is 0 or 27 ? (byte)0 : byte.MaxValue)));
            }

            return list.DrainToImmutable();
        }

        private JsonElement.ArrayEnumerator Array(ReadOnlySpan<byte> name, JsonElement array, ref int items)
        {
            if (array.ValueKind != JsonValueKind.Array)
            {
                Refuse(name, "an array is expected");
                return default;
            }

            items += array.GetArrayLength();
            if (items > MaxListItems)
            {
                Refuse(name, $"too many items: at most {MaxListItems} are allowed");
                return default;
            }

            return array.EnumerateArray();
        }

        private void Take(ReadOnlySpan<byte> name, Reader inner)
        {
            if (inner.Fault is { } fault)
            {
                Refuse(name, fault);
            }
        }

        private void Refuse(ReadOnlySpan<byte> name, string fault)
        {
            if (Fault is null)
            {
                Fault = $"{System.Text.Encoding.UTF8.GetString(name)}: {fault}";
                IsMalformed = true;
            }
        }

        private T? Read<T>(ReadOnlySpan<byte> name, TryRead<T> read)
            where T : struct
        {
            if (!Has(name))
            {
                return null;
            }

            if (read(element.GetProperty(name), out T value) is { } fault)
            {
                Refuse(name, fault);
            }

            return value;
        }

        private delegate string? TryRead<T>(JsonElement element, out T value);
    }
}
