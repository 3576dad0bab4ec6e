using System.Text.Json;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Protocol.Tests.Transactions;

[Trait("Category", "Conformance")]
public sealed class TransactionVectorTests
{
    // Forks with the same transaction rules as ours but for blobs, newest first; files that stop before these forks describe rules that no chain here has.
    private static readonly string[] Forks = ["Osaka", "Prague", "Cancun", "Shanghai", "London"];

    [Fact]
    public void Published_transactions_decode_to_their_hash_and_sender_or_are_refused()
    {
        int accepted = 0;
        int refused = 0;
        foreach (string file in Vectors.FilesBelow("TransactionTests"))
        {
            foreach (JsonProperty test in Vectors.Json(file).EnumerateObject())
            {
                foreach (string name in Forks)
                {
                    if (!test.Value.GetProperty("result").TryGetProperty(name, out JsonElement expected))
                    {
                        continue;
                    }

                    Fork fork = name switch { "Osaka" => Fork.Osaka, "Prague" => Fork.Prague, _ => Fork.Cancun };
                    string outcome = Outcome(Hex.Decode(test.Value.GetProperty("txbytes").GetString()), fork);
                    if (expected.TryGetProperty("exception", out JsonElement exception))
                    {
                        Assert.True(outcome.StartsWith("refused", StringComparison.Ordinal), $"{test.Name} {name}: expected {exception}, got {outcome}");
                        refused++;
                    }
                    else
                    {
                        string wanted = $"{expected.GetProperty("hash")} {expected.GetProperty("sender")}";
                        Assert.True(outcome.StartsWith(wanted, StringComparison.Ordinal), $"{test.Name} {name}: expected {wanted}, got {outcome}");
                        // Before Shanghai, init code costs nothing a word (EIP-3860).
                        if (name != "London")
                        {
                            Assert.Equal(UInt256.Parse(expected.GetProperty("intrinsicGas").GetString()).ToString(), outcome.Split(' ')[2]);
                        }

                        accepted++;
                    }

                    break;
                }
            }
        }

        Assert.True(accepted > 0 && refused > 0);
    }

    private static string Outcome(byte[] raw, Fork fork)
    {
        switch (Transaction.Decode(raw, new TransactionRules { ChainId = 1 }))
        {
            case TransactionDecoding.Refused refused:
                return $"refused: {refused.Reason.Message}";
            case TransactionDecoding.Decoded decoded:
                if (decoded.Transaction.Fields.Check(fork) is { } reason)
                {
                    return $"refused: {reason.Message}";
                }

                return decoded.Transaction.TryGetSender(out Address sender)
                    ? $"{decoded.Transaction.Hash} {sender} {IntrinsicGas.Of(decoded.Transaction.Fields, fork).Standard}"
                    : "refused: invalid sender";
            default:
                throw new InvalidOperationException();
        }
    }
}
