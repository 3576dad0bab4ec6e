using System.Text;
using System.Text.Json;
using Cloud.Execution.State.Tries;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tests;

namespace Cloud.Execution.Tests.State;

/// <summary>The published tries with hashed keys, through the trie that the state uses. Those with plain keys of many lengths are in Protocol.Tests: no account has such a key.</summary>
[Trait("Category", "Conformance")]
public sealed class TrieVectorTests
{
    [Fact]
    public void Published_tries_with_hashed_keys_have_the_published_root_however_the_changes_are_cut_into_batches()
    {
        int count = 0;
        Random random = new(1);
        foreach (string file in Vectors.Files("TrieTests", name => name.Contains("secure", StringComparison.OrdinalIgnoreCase)))
        {
            foreach (JsonProperty test in Vectors.Json(file).EnumerateObject())
            {
                for (int round = 0; round < 10; round++)
                {
                    List<(string Key, string? Value)> changes = Changes(test.Value.GetProperty("in"));
                    TrieSlot root = default;
                    for (int from = 0; from < changes.Count;)
                    {
                        int to = Math.Min(changes.Count, from + random.Next(1, 4));
                        Dictionary<Hash256, byte[]?> batch = [];
                        for (; from < to; from++)
                        {
                            batch[Keccak256.Hash(Bytes(changes[from].Key))] = string.IsNullOrEmpty(changes[from].Value) ? null : Bytes(changes[from].Value!);
                        }

                        root = TrieUpdateTests.Apply(new MemoryNodes(), root, batch, new StaleNodes());
                    }

                    Assert.Equal(test.Value.GetProperty("root").GetString(), TrieEncoding.RootOf(in root).ToString());
                }

                count++;
            }
        }

        Assert.True(count >= 10);
    }

    private static List<(string Key, string? Value)> Changes(JsonElement input) => input.ValueKind == JsonValueKind.Array
        ? [.. input.EnumerateArray().Select(pair => (pair[0].GetString()!, pair[1].GetString()))]
        : [.. input.EnumerateObject().Select(pair => (pair.Name, pair.Value.GetString()))];

    private static byte[] Bytes(string text) => text.StartsWith("0x", StringComparison.Ordinal) ? Hex.Decode(text) : Encoding.UTF8.GetBytes(text);
}
