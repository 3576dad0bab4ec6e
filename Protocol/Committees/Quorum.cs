namespace Cloud.Protocol.Committees;

/// <summary>How many of a committee must sign.</summary>
public static class Quorum
{
    /// <summary>The smallest number of signers that is a quorum: floor(2n/3) + 1.</summary>
    /// <param name="committeeSize">n, at least 1.</param>
    /// <returns>Any two quorums share more than <see cref="MaxFaulty"/> members, for every n (certified-chunks 4.2).</returns>
    public static int Of(int committeeSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(committeeSize, 1);
        return (int)((2L * committeeSize / 3) + 1);
    }

    /// <summary>How many members may be faulty: floor((n-1)/3).</summary>
    /// <param name="committeeSize">n, at least 1.</param>
    /// <returns>f.</returns>
    public static int MaxFaulty(int committeeSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(committeeSize, 1);
        return (committeeSize - 1) / 3;
    }
}
