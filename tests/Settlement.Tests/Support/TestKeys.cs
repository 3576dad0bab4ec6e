using Cloud.Settlement.Keys;

namespace Cloud.Settlement.Tests.Support;

/// <summary>Signers by name.</summary>
internal static class TestKeys
{
    public static IL1Signer Signer(string name) => Assert.IsType<KeyResult.Loaded>(LocalSigner.Create(TestRollup.Key(name))).Signer;
}
