using System.Text.Json.Nodes;
using Cloud.Settlement.JsonRpc;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Settlement.Tests.JsonRpc;

public sealed class JsonRpcRequestTests
{
    [Fact]
    public void Any_parameters_are_written_as_they_are_whatever_is_in_them_and_however_long()
    {
        // Two characters that make one sign stand also where a long text is cut.
        Arbitrary<string> texts = ArbMap.Default.GeneratorFor<NonNull<string>>().SelectMany(
            text => Gen.Choose(0, 9_000), (text, length) => string.Concat(text.Get, new string('a', length), "\U0001F600\"\\<\u00e9", text.Get)).ToArbitrary();
        Prop.ForAll(texts, ArbMap.Default.ArbFor<long>(), (text, id) =>
        {
            JsonArray parameters = [text, null, 7, false, new JsonObject { ["data"] = text }, new JsonArray(text)];
            JsonNode? written = JsonNode.Parse(JsonRpcRequest.Encode(id, "eth_any", parameters).Span);
            JsonObject expected = new() { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = "eth_any", ["params"] = parameters };
            return JsonNode.DeepEquals(expected, written);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_transaction_with_blobs_takes_the_room_of_its_digits_and_not_three_times_as_much()
    {
        string digits = "0x" + new string('7', 1_500_000);
        JsonArray parameters = [digits];
        _ = JsonRpcRequest.Encode(1, "eth_sendRawTransaction", parameters);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ReadOnlyMemory<byte> request = JsonRpcRequest.Encode(1, "eth_sendRawTransaction", parameters);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(request.Length > digits.Length);
        Assert.InRange(allocated, request.Length, request.Length + 20_000);
    }
}
