using System.Reflection;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Eth;

/// <summary>web3_, net_, rpc_ and op_ methods: about the endpoint, not about the chain's content.</summary>
/// <param name="chainId">The chain.</param>
internal sealed class NodeMethods(ulong chainId)
{
    private static readonly string[] Modules = ["debug", "eth", "net", "op", "rpc", "txpool", "web3"];

    /// <summary>What consumers of flashblocks look for first, then what only this product has.</summary>
    private static readonly string[] Capabilities = ["flashblocksv1", "signed-flashblocks", "flashblocks-resume", "send-raw-transaction-sync", "status-proofs", "read-position"];

    private static readonly string ClientVersion =
        $"preconf-cloud/v{typeof(NodeMethods).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0"}/{Environment.OSVersion.Platform}/dotnet{Environment.Version}";

    /// <summary>The methods.</summary>
    /// <returns>One for each name.</returns>
    public IEnumerable<RpcMethod> All() =>
    [
        new("web3_clientVersion", 0, WriteClientVersion),
        new("web3_sha3", 1, WriteSha3),
        new("net_version", 0, WriteNetVersion),
        new("net_listening", 0, WriteListening),
        new("net_peerCount", 0, WritePeerCount),
        new("rpc_modules", 0, WriteModules),
        new("op_supportedCapabilities", 0, WriteCapabilities),
    ];

    private static ValueTask<RpcError?> WriteClientVersion(RpcCall call)
    {
        call.Result.WriteStringValue(ClientVersion);
        return default;
    }

    private static ValueTask<RpcError?> WriteSha3(RpcCall call)
    {
        Bytes data = call.Parameters.Bytes(0);
        call.Result.WriteHash(Keccak256.Hash(data.Span));
        return new(call.Parameters.Error);
    }

    private static ValueTask<RpcError?> WriteListening(RpcCall call)
    {
        call.Result.WriteBooleanValue(true);
        return default;
    }

    private static ValueTask<RpcError?> WritePeerCount(RpcCall call)
    {
        // Replicas of the cluster are no peers in the sense of devp2p.
        call.Result.WriteQuantity(0);
        return default;
    }

    private static ValueTask<RpcError?> WriteModules(RpcCall call)
    {
        call.Result.WriteStartObject();
        foreach (string module in Modules)
        {
            call.Result.WriteString(module, "1.0");
        }

        call.Result.WriteEndObject();
        return default;
    }

    private static ValueTask<RpcError?> WriteCapabilities(RpcCall call)
    {
        call.Result.WriteStartArray();
        foreach (string capability in Capabilities)
        {
            call.Result.WriteStringValue(capability);
        }

        call.Result.WriteEndArray();
        return default;
    }

    private ValueTask<RpcError?> WriteNetVersion(RpcCall call)
    {
        call.Result.WriteStringValue(chainId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return default;
    }
}
