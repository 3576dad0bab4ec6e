namespace Cloud.Execution.Building;

/// <summary>What a chunk, or a part of one, may use; or what it has used.</summary>
/// <param name="Gas">Gas.</param>
/// <param name="Transactions">Transactions, without deposits.</param>
/// <param name="Data">Bytes of encoded transactions, with deposits: what goes to L1 before compression.</param>
public readonly record struct ChunkLimits(ulong Gas, int Transactions, long Data)
{
    /// <summary>The smaller of each.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns>Limits that hold both.</returns>
    public static ChunkLimits Min(in ChunkLimits left, in ChunkLimits right) =>
        new(Math.Min(left.Gas, right.Gas), Math.Min(left.Transactions, right.Transactions), Math.Min(left.Data, right.Data));

    /// <summary>What is left after some use; never below zero.</summary>
    /// <param name="used">What was used.</param>
    /// <returns>The rest.</returns>
    public ChunkLimits Minus(in ChunkLimits used) =>
        new(Gas > used.Gas ? Gas - used.Gas : 0, Math.Max(0, Transactions - used.Transactions), Math.Max(0, Data - used.Data));
}
