using Cloud.Gateway.Events;

namespace Cloud.Gateway.Tests.Events;

public sealed class FanOutTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(5_001)]
    public async Task Each_of_any_number_of_receivers_gets_each_message_once_though_several_are_given_at_a_time(int receivers)
    {
        const int Messages = 50;
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(
            () =>
            {
                int[] indices = [.. Enumerable.Range(0, receivers)];
                int[] got = new int[receivers];
                for (int message = 1; message <= Messages; message++)
                {
                    int wanted = FanOut.Give<int, int>(
                        indices,
                        message,
                        (index, next) =>
                        {
                            Interlocked.Add(ref got[index], next);
                            return index % 3 == 0;
                        },
                        index => index);
                    Assert.Equal((receivers + 2) / 3, wanted);
                    Assert.All(got, sum => Assert.Equal(message * (message + 1) / 2, sum));
                }
            },
            TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void What_one_receiver_throws_is_thrown_when_all_others_have_the_message()
    {
        int[] indices = [.. Enumerable.Range(0, 1_000)];
        int given = 0;
        Assert.Throws<InvalidDataException>(() => FanOut.Give<int, string>(
            indices, "message", (index, _) => index == 500 ? throw new InvalidDataException() : Interlocked.Increment(ref given) > 0, index => index));
        Assert.Equal(999, given);
        Assert.Equal(1_000, FanOut.Give<int, string>(indices, "next", (_, _) => true, index => index));
    }
}
