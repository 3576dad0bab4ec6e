namespace Cloud.Execution.State;

/// <summary>What a layer in memory adds to its parent. Gone once the layer is on disk.</summary>
/// <param name="Parent">The layer below.</param>
/// <param name="Base">The flattened layer that the chain stood on when this one was made.</param>
/// <param name="Update">The changes.</param>
/// <param name="Filter">All keys that this layer and those below it have.</param>
internal sealed record LayerContent(StateLayer Parent, StateLayer Base, LayerUpdate Update, LayerFilter Filter)
{
    public StateChanges Changes { get; } = Update.Changes;
}
