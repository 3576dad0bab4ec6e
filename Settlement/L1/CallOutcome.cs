using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.L1;

/// <summary>What a call that changes nothing gave.</summary>
public abstract record CallOutcome
{
    private CallOutcome()
    {
    }

    /// <summary>The contract returned.</summary>
    /// <param name="Data">ABI-encoded results.</param>
    public sealed record Returned(Bytes Data) : CallOutcome;

    /// <summary>The contract reverted.</summary>
    /// <param name="Data">ABI-encoded error; may be empty.</param>
    /// <param name="Message">The node's words.</param>
    public sealed record Reverted(Bytes Data, string Message) : CallOutcome;
}
