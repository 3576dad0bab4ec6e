namespace Cloud.Settlement.Tests.Support;

/// <summary>Tests with anvils of their own, one after the other, beside those of <see cref="AnvilCollection"/>: more at once would only wait for processors.</summary>
[CollectionDefinition(Name)]
public sealed class OwnAnvilCollection
{
    public const string Name = "own anvil";
}
