using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.L1;

/// <summary>Which block a question is about.</summary>
public readonly record struct BlockTag
{
    private BlockTag(string text) => Text = text;

    /// <summary>The newest block.</summary>
    public static BlockTag Latest { get; } = new("latest");

    /// <summary>The newest block and what waits in the pool.</summary>
    public static BlockTag Pending { get; } = new("pending");

    /// <summary>The newest block that will probably stay.</summary>
    public static BlockTag Safe { get; } = new("safe");

    /// <summary>The newest block that stays unless a third of L1's stake is lost.</summary>
    public static BlockTag Finalized { get; } = new("finalized");

    /// <summary>The tag as JSON-RPC has it.</summary>
    public string Text => field ?? "latest";

    /// <summary>A block by its height.</summary>
    /// <param name="number">The height.</param>
    /// <returns>The tag.</returns>
    public static BlockTag Of(ulong number) => new(((UInt256)number).ToQuantity());

    /// <inheritdoc/>
    public override string ToString() => Text;
}
