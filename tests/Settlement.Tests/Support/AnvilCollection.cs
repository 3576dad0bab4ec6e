namespace Cloud.Settlement.Tests.Support;

/// <summary>Tests that share one anvil, one after the other: its time only goes forward.</summary>
[CollectionDefinition(Name)]
public sealed class AnvilCollection : ICollectionFixture<Anvil>
{
    public const string Name = "anvil";
}
