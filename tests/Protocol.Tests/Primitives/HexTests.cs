using System.Text;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Tests.Primitives;

public sealed class HexTests
{
    [Theory]
    [InlineData("0x00ff", new byte[] { 0, 255 })]
    [InlineData("00FF", new byte[] { 0, 255 })]
    [InlineData("0x", new byte[0])]
    [InlineData("0X00ff", new byte[] { 0, 255 })]
    public void Text_with_or_without_prefix_decodes_as_characters_and_as_UTF_8(string text, byte[] expected)
    {
        Assert.Equal(expected, Hex.Decode(text));
        Assert.True(Hex.TryDecode(Encoding.UTF8.GetBytes(text), out byte[] bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("0x0")]
    [InlineData("0xzz")]
    [InlineData("0x0x")]
    public void Text_that_is_no_hex_is_refused(string text)
    {
        Assert.False(Hex.TryDecode(text, out _));
        Assert.False(Hex.TryDecode(Encoding.UTF8.GetBytes(text), out _));
    }

    [Fact]
    public void Address_and_hash_print_what_they_parse()
    {
        string address = "0x" + string.Concat(Enumerable.Range(1, 20).Select(i => i.ToString("x2", null)));
        string hash = "0x" + string.Concat(Enumerable.Range(1, 32).Select(i => i.ToString("x2", null)));
        Assert.Equal(address, Address.Parse(address).ToString());
        Assert.Equal(hash, Hash256.Parse(hash).ToString());
        Assert.False(Address.TryParse(hash, null, out _));
    }

    [Fact]
    public void Order_of_hashes_is_the_order_of_their_bytes()
    {
        Hash256 low = Hash256.Parse("0x00" + new string('f', 62));
        Hash256 high = Hash256.Parse("0x01" + new string('0', 62));
        Assert.True(low < high);
    }
}
