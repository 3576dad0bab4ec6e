using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Genesis;
using Cloud.Storage;

namespace Cloud.Silo.Rollups;

/// <summary>A rollup that stands on L1, as a process that runs it remembers it in its data folder: <c>rollup.json</c> and <c>genesis.json</c>.</summary>
/// <param name="L1ChainId">L1's chain id.</param>
/// <param name="DeploymentBlock">Height of the L1 block in which the contract was deployed; from there on it is read.</param>
/// <param name="DeploymentHash">Hash of that block: two development chains may share a chain id, and the contract's address.</param>
/// <param name="Verifier">The contract that judges epoch proofs.</param>
/// <param name="Prover">The verifier's only prover.</param>
/// <param name="ProofWindow">Epochs after its own in which an epoch may be proven.</param>
/// <param name="GenesisStateRoot">State root of block 0.</param>
/// <param name="Genesis">The rollup; <see cref="GenesisConfig.Rollup"/> is the contract.</param>
public sealed record RollupDeployment(ulong L1ChainId, ulong DeploymentBlock, Hash256 DeploymentHash, Address Verifier, Address Prover, uint ProofWindow, Hash256 GenesisStateRoot, GenesisConfig Genesis)
{
    private const string File = "rollup.json";
    private const string GenesisFileName = "genesis.json";

    /// <summary>Reads what a folder holds.</summary>
    /// <param name="folder">The data folder.</param>
    /// <returns>The deployment; null where the folder has none.</returns>
    /// <exception cref="StorageException">A file cannot be read, or is damaged.</exception>
    public static RollupDeployment? Load(string folder)
    {
        string file = Path.Combine(folder, File);
        if (!System.IO.File.Exists(file))
        {
            return null;
        }

        string genesisFile = Path.Combine(folder, GenesisFileName);
        GenesisReading reading = GenesisFile.Parse(DurableFile.Read(genesisFile));
        if (reading is not GenesisReading.Read { Genesis: var genesis })
        {
            throw Damaged(genesisFile, string.Join(" ", ((GenesisReading.Refused)reading).Faults));
        }

        try
        {
            JsonNode json = JsonNode.Parse(DurableFile.Read(file))!;
            return new RollupDeployment(
                json["l1ChainId"]!.GetValue<ulong>(),
                json["deploymentBlock"]!.GetValue<ulong>(),
                Hash256.Parse(json["deploymentHash"]!.GetValue<string>()),
                Address.Parse(json["verifier"]!.GetValue<string>()),
                Address.Parse(json["prover"]!.GetValue<string>()),
                json["proofWindow"]!.GetValue<uint>(),
                Hash256.Parse(json["genesisStateRoot"]!.GetValue<string>()),
                genesis);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or NullReferenceException)
        {
            throw Damaged(file, exception.Message);
        }
    }

    /// <summary>Writes the deployment. It is there as a whole or not at all.</summary>
    /// <param name="folder">The data folder.</param>
    /// <exception cref="StorageException">A file cannot be written.</exception>
    public void Save(string folder)
    {
        DurableFile.Write(Path.Combine(folder, GenesisFileName), System.Text.Encoding.UTF8.GetBytes(GenesisFile.Write(Genesis)));
        JsonObject json = new()
        {
            ["l1ChainId"] = L1ChainId,
            ["deploymentBlock"] = DeploymentBlock,
            ["deploymentHash"] = DeploymentHash.ToString(),
            ["rollup"] = Genesis.Rollup.ToString(),
            ["verifier"] = Verifier.ToString(),
            ["prover"] = Prover.ToString(),
            ["proofWindow"] = ProofWindow,
            ["genesisStateRoot"] = GenesisStateRoot.ToString(),
        };
        DurableFile.Write(Path.Combine(folder, File), JsonSerializer.SerializeToUtf8Bytes(json));
    }

    private static StorageException Damaged(string file, string why) =>
        new(StorageFault.CorruptFile, file, $"The file does not describe a rollup: {why}", "Put the original file back, or start with another data folder.");
}
