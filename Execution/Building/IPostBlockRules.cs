using Cloud.Execution.State;

namespace Cloud.Execution.Building;

/// <summary>What the protocol does after the last transaction of a block. Applied at the end of every flashblock, so that each prefix is a valid block, and undone before the next one.</summary>
public interface IPostBlockRules
{
    /// <summary>Computes the changes.</summary>
    /// <param name="state">The state after the transactions.</param>
    /// <param name="context">The block.</param>
    /// <returns>The changes, or null for none.</returns>
    StateChanges? Apply(IStateReader state, ChunkContext context);
}
