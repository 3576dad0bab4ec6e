using System.Text.Json;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1;

namespace Cloud.Settlement.Tests.L1;

public sealed class JsonTests
{
    [Theory]
    [InlineData("\"0x00ff\"")]
    [InlineData("\"0X00FF\"")]
    [InlineData("\"00ff\"")]
    [InlineData("\"\\u0030x00f\\u0066\"")]
    public void Bytes_are_read_also_where_their_digits_are_escaped(string json) => Assert.Equal((Bytes)new byte[] { 0, 255 }, Json.Data(JsonElement.Parse(json)));

    [Theory]
    [InlineData("\"0x0\"")]
    [InlineData("\"0xzz\"")]
    [InlineData("7")]
    [InlineData("null")]
    public void What_is_no_hex_text_is_refused(string json) => Assert.Throws<FormatException>(() => Json.Data(JsonElement.Parse(json)));
}
