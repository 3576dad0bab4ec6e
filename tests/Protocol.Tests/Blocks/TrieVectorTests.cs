using System.Text;
using System.Text.Json;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;
using Cloud.Protocol.Tries;

namespace Cloud.Protocol.Tests.Blocks;

[Trait("Category", "Conformance")]
public sealed class TrieVectorTests
{
    // trietestnextprev.json asks for neighbours of a key, which no part of the product does.
    [Fact]
    public void Published_tries_have_the_published_root()
    {
        int count = 0;
        foreach (string file in Vectors.Files("TrieTests", name => name != "trietestnextprev.json"))
        {
            bool secure = Path.GetFileName(file).Contains("secure", StringComparison.OrdinalIgnoreCase);
            foreach (JsonProperty test in Vectors.Json(file).EnumerateObject())
            {
                SortedDictionary<string, byte[]> entries = new(StringComparer.Ordinal);
                JsonElement input = test.Value.GetProperty("in");
                if (input.ValueKind == JsonValueKind.Array)
                {
                    foreach (JsonElement pair in input.EnumerateArray())
                    {
                        Put(entries, secure, pair[0].GetString()!, pair[1].GetString());
                    }
                }
                else
                {
                    foreach (JsonProperty pair in input.EnumerateObject())
                    {
                        Put(entries, secure, pair.Name, pair.Value.GetString());
                    }
                }

                Hash256 root = RootOf([.. entries.Select(e => (Convert.FromHexString(e.Key), e.Value))]);
                Assert.Equal(test.Value.GetProperty("root").GetString(), root.ToString());
                count++;
            }
        }

        Assert.True(count > 10);
    }

    internal static Hash256 RootOf(IReadOnlyList<(byte[] Key, byte[] Value)> sorted)
    {
        using RlpWriter values = RlpWriter.Rent();
        TrieEntry[] entries = new TrieEntry[sorted.Count];
        for (int i = 0; i < entries.Length; i++)
        {
            byte[] key = new byte[32];
            sorted[i].Key.CopyTo(key, 0);
            entries[i] = new TrieEntry(new Hash256(key), sorted[i].Key.Length, values.Length, sorted[i].Value.Length);
            values.WriteRaw(sorted[i].Value);
        }

        return SortedTrie.Root(entries, values.WrittenSpan);
    }

    private static void Put(SortedDictionary<string, byte[]> entries, bool secure, string key, string? value)
    {
        byte[] raw = Bytes(key);
        string name = Convert.ToHexString(secure ? Keccak256.Hash(raw).ToArray() : raw);
        if (string.IsNullOrEmpty(value))
        {
            entries.Remove(name);
        }
        else
        {
            entries[name] = Bytes(value);
        }
    }

    private static byte[] Bytes(string text) => text.StartsWith("0x", StringComparison.Ordinal) ? Hex.Decode(text) : Encoding.UTF8.GetBytes(text);
}
