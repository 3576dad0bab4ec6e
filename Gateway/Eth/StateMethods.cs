using System.Text.Json;
using Cloud.Execution.State;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Views;

namespace Cloud.Gateway.Eth;

/// <summary>eth_ methods that read accounts.</summary>
/// <param name="chain">The chain.</param>
/// <param name="options">Bounds.</param>
internal sealed class StateMethods(ChainReader chain, RpcOptions options)
{
    private const int ProofCost = 10;

    /// <summary>The methods.</summary>
    /// <returns>One for each name.</returns>
    public IEnumerable<RpcMethod> All() =>
    [
        new("eth_getBalance", 2, GetBalance),
        new("eth_getTransactionCount", 2, GetTransactionCount),
        new("eth_getCode", 2, GetCode),
        new("eth_getStorageAt", 3, GetStorageAt),
        new("eth_getProof", 3, GetProof) { Cost = ProofCost, Duration = RpcDuration.Call },
    ];

    private ValueTask<RpcError?> GetBalance(RpcCall call)
    {
        Address address = call.Parameters.Address(0);
        BlockReference block = call.Parameters.Block(1);
        return Answer(call, block, (state, writer) => writer.WriteQuantity(state.TryGetAccount(in address, out Account account) ? account.Balance : UInt256.Zero));
    }

    private ValueTask<RpcError?> GetTransactionCount(RpcCall call)
    {
        Address address = call.Parameters.Address(0);
        BlockReference block = call.Parameters.Block(1);
        bool isPending = block == BlockReference.Pending;
        return Answer(call, block, (state, writer) =>
        {
            ulong nonce = state.TryGetAccount(in address, out Account account) ? account.Nonce : 0;
            // Two transactions sent within one flashblock need two nonces: those that wait count, too.
            writer.WriteQuantity(isPending ? Math.Max(nonce, chain.Node.Pool.NextNonce(in address)) : nonce);
        });
    }

    private ValueTask<RpcError?> GetCode(RpcCall call)
    {
        Address address = call.Parameters.Address(0);
        BlockReference block = call.Parameters.Block(1);
        return Answer(call, block, (state, writer) =>
            writer.WriteHex(state.TryGetAccount(in address, out Account account) ? state.GetCode(account.CodeHash).Span : default));
    }

    private ValueTask<RpcError?> GetStorageAt(RpcCall call)
    {
        Address address = call.Parameters.Address(0);
        UInt256 slot = call.Parameters.Slot(1);
        BlockReference block = call.Parameters.Block(2);
        return Answer(call, block, (state, writer) => writer.WriteWord(state.GetStorage(in address, in slot)));
    }

    private ValueTask<RpcError?> Answer(RpcCall call, BlockReference block, Action<IStateReader, Utf8JsonWriter> write)
    {
        RpcError? error = call.Parameters.Error;
        if (error is null)
        {
            error = ChainReader.FindState(chain.View, block, out IStateReader state);
            if (error is null)
            {
                try
                {
                    write(state, call.Result);
                }
                catch (StateUnavailableException)
                {
                    error = PrunedMeanwhile();
                }
            }
        }

        return new(error);
    }

    private RpcError PrunedMeanwhile()
    {
        ReplicaView view = chain.View;
        return ChainReader.Pruned(view, view.Oldest);
    }

    private ValueTask<RpcError?> GetProof(RpcCall call)
    {
        Address address = call.Parameters.Address(0);
        List<UInt256> slots = ReadSlots(call.Parameters);
        BlockReference reference = call.Parameters.Block(2);
        if (call.Parameters.Error is { } error)
        {
            return new(error);
        }

        ReplicaView view = chain.View;
        if (ChainReader.NumberOf(view, reference) is not { } number || number > view.NumberOf(Replica.Views.BlockTag.Pending))
        {
            return new(ChainReader.HeaderNotFound);
        }

        AccountProof? proof = view.Prove(number, in address, slots.ToArray());
        if (proof is null)
        {
            return new(ChainReader.Pruned(view, number));
        }

        Utf8JsonWriter writer = call.Result;
        Account account = proof.Account ?? new Account(0, UInt256.Zero, Keccak256.OfEmpty);
        writer.WriteStartObject();
        writer.WriteAddress("address"u8, in address);
        WriteNodes(writer, "accountProof"u8, proof.Nodes);
        writer.WriteQuantity("balance"u8, account.Balance);
        writer.WriteHash("codeHash"u8, account.CodeHash);
        writer.WriteQuantity("nonce"u8, account.Nonce);
        writer.WriteHash("storageHash"u8, proof.StorageRoot);
        writer.WriteStartArray("storageProof"u8);
        for (int i = 0; i < proof.Storage.Length; i++)
        {
            writer.WriteStartObject();
            // Short keys come back as numbers and long ones as words, each as it was asked for.
            if (RpcValues.Text(call.Parameters.Raw(1)[i]) is { Length: 66 })
            {
                writer.WritePropertyName("key"u8);
                writer.WriteWord(proof.Storage[i].Key);
            }
            else
            {
                writer.WriteQuantity("key"u8, proof.Storage[i].Key);
            }

            writer.WriteQuantity("value"u8, proof.Storage[i].Value);
            WriteNodes(writer, "proof"u8, proof.Storage[i].Nodes);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        return default;
    }

    private List<UInt256> ReadSlots(RpcParameters parameters)
    {
        List<UInt256> slots = [];
        JsonElement array = parameters.Raw(1);
        if (array.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return slots;
        }

        if (array.ValueKind != JsonValueKind.Array)
        {
            parameters.Refuse(1, "an array of storage keys is expected");
            return slots;
        }

        if (array.GetArrayLength() > options.MaxProofSlots)
        {
            parameters.Refuse(1, $"too many keys: at most {options.MaxProofSlots} are allowed");
            return slots;
        }

        foreach (JsonElement element in array.EnumerateArray())
        {
            if (RpcValues.TryReadSlot(element, out UInt256 slot) is { } fault)
            {
                parameters.Refuse(1, fault);
            }

            slots.Add(slot);
        }

        return slots;
    }

    private static void WriteNodes(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IEnumerable<Bytes> nodes)
    {
        writer.WriteStartArray(name);
        foreach (Bytes node in nodes)
        {
            writer.WriteHex(node.Span);
        }

        writer.WriteEndArray();
    }
}
