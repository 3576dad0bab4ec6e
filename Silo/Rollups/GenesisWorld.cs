using Cloud.Execution.State;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Genesis;

namespace Cloud.Silo.Rollups;

/// <summary>The state of block 0 on disk.</summary>
internal static class GenesisWorld
{
    /// <summary>Writes the state of block 0 into a new world state.</summary>
    /// <param name="world">A new one.</param>
    /// <param name="genesis">The rollup.</param>
    /// <returns>Its root.</returns>
    internal static Hash256 Fill(WorldState world, GenesisConfig genesis)
    {
        StateLayer layer = world.Flattened.TryExtend(GenesisBlock.ChangesOf(genesis), 0) ?? throw new InvalidOperationException("A new world state has another fork.");
        world.TryFlatten(layer, GenesisBlock.HeaderOf(genesis, layer.StateRoot).ComputeHash());
        return layer.StateRoot;
    }

    /// <summary>The state root of block 0.</summary>
    /// <param name="genesis">The rollup.</param>
    /// <returns>The root.</returns>
    internal static Hash256 RootOf(GenesisConfig genesis)
    {
        string folder = Directory.CreateTempSubdirectory("preconf-genesis-").FullName;
        try
        {
            using WorldState world = WorldState.Open(folder, new WorldStateOptions { MapSize = 64 << 20 });
            return Fill(world, genesis);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
