namespace Cloud.Settlement.Contracts;

/// <summary>Why a contract reverted.</summary>
/// <param name="Name">The error's name in the contract.</param>
/// <param name="Values">Its values by name, in order, as text.</param>
public sealed record ContractError(string Name, IReadOnlyList<KeyValuePair<string, string>> Values)
{
    /// <summary>The error as one would write it.</summary>
    /// <returns>Such as <c>SlotClosed(slot: 7, currentSlot: 9)</c>.</returns>
    public override string ToString() => $"{Name}({string.Join(", ", Values.Select(value => $"{value.Key}: {value.Value}"))})";
}
