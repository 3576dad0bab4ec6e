using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Publishing;

/// <summary>What a publisher has to know besides its policy.</summary>
public sealed record PublisherOptions
{
    /// <summary>L1's chain id.</summary>
    public required ulong ChainId { get; init; }

    /// <summary>The rollup contract.</summary>
    public required Address Rollup { get; init; }

    /// <summary>How much to pay and how long to wait.</summary>
    public PublishingPolicy Policy { get; init; } = new();

    /// <summary>Gas limit of a checkpoint's transaction: above three times what it costs with the largest committee.</summary>
    public ulong GasLimit { get; init; } = 200_000;

    /// <summary>Gas limit of a transaction that also removes an invalid checkpoint.</summary>
    public ulong InvalidatingGasLimit { get; init; } = 1_000_000;

    /// <summary>Publications at today's prices that a key's balance should pay for; below it there is an alarm.</summary>
    public int MinRunway { get; init; } = 50;

    /// <summary>Most publications that wait or are in flight; more are refused.</summary>
    public int MaxQueue { get; init; } = 64;

    /// <summary>Checks the values.</summary>
    /// <returns>A sentence for each that breaks its rule; none where all are good.</returns>
    public IEnumerable<string> Check()
    {
        foreach (string problem in Policy.Check())
        {
            yield return problem;
        }

        if (ChainId == 0)
        {
            yield return "L1:ChainId is missing; 1 is Ethereum's main net.";
        }

        if (Rollup.IsZero)
        {
            yield return "L1:Rollup is missing; it is the address of the rollup contract.";
        }

        if (GasLimit < 60_000 || InvalidatingGasLimit < GasLimit)
        {
            yield return $"Publishing:GasLimit is {GasLimit} and Publishing:InvalidatingGasLimit {InvalidatingGasLimit}; the first is at least 60,000, the second at least the first.";
        }

        if (MinRunway < 1)
        {
            yield return $"Publishing:MinRunway is {MinRunway}; it is at least 1 publication.";
        }

        if (MaxQueue < 1)
        {
            yield return $"Publishing:MaxQueue is {MaxQueue}; it is at least 1.";
        }
    }
}
