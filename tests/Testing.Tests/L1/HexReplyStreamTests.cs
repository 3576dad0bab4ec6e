using System.Text;
using Cloud.Testing.L1;

namespace Cloud.Testing.Tests.L1;

public sealed class HexReplyStreamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task The_result_is_the_same_in_whatever_pieces_it_comes(int piece)
    {
        byte[] content = new byte[100_001];
        new Random(1).NextBytes(content);
        using MemoryStream found = new();
        await Copy($$"""{"jsonrpc":"2.0","id":1,"result":"0x{{Convert.ToHexStringLower(content)}}"}""", piece, found);
        Assert.Equal(content, found.ToArray());
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":"0x0102""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":"0x01zz"}""")]
    [InlineData("")]
    public async Task What_is_no_whole_result_is_refused(string reply)
    {
        using MemoryStream found = new();
        await Assert.ThrowsAsync<InvalidDataException>(() => Copy(reply, 5, found));
    }

    [Fact]
    public async Task An_empty_result_is_empty()
    {
        using MemoryStream found = new();
        await Copy("""{"result":"0x"}""", 3, found);
        Assert.Equal(0, found.Length);
    }

    private static async Task Copy(string reply, int piece, Stream into)
    {
        using Pieces pieces = new(Encoding.ASCII.GetBytes(reply), piece);
        using HexReplyStream result = new(pieces);
        await result.CopyToAsync(into, TestContext.Current.CancellationToken);
    }

    /// <summary>Gives so many bytes at a time at the most.</summary>
    private sealed class Pieces(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(most, buffer.Length)], cancellationToken);
    }
}
