using Cloud.Replica.Chain;
using Cloud.Replica.Events;

namespace Cloud.Replica.Tests.Events;

public sealed class ReplicaEventsTests
{
    [Theory]
    [InlineData(16, 5, 0)]
    [InlineData(16, 100, 84)]
    [InlineData(1_000, 255, 0)]
    [InlineData(1_000, 256, 0)]
    [InlineData(1_000, 257, 0)]
    [InlineData(1_000, 1_000, 0)]
    [InlineData(1_000, 2_345, 1_345)]
    public void Who_comes_back_gets_all_that_is_kept_also_while_the_ring_grows_and_after_it_went_around(int capacity, int published, int oldest)
    {
        ReplicaEvents events = new(capacity, maxSubscriptions: 4, isInline: true);
        for (int i = 1; i <= published; i++)
        {
            events.Publish([new ReplicaEvent.Pruned((ulong)i, [], new BreakReason.CheckpointMissing(1, DateTimeOffset.UnixEpoch)) { Sequence = i }]);
        }

        for (int after = oldest; after < published; after += Math.Max(1, published / 7))
        {
            using EventSubscription subscription = Assert.IsType<Subscribing.Subscribed>(events.Subscribe(after, capacity: 1)).Subscription;
            for (int expected = after + 1; expected <= published; expected++)
            {
                Assert.True(subscription.Reader.TryRead(out ReplicaEvent? happened));
                Assert.Equal(expected, happened.Sequence);
            }

            Assert.False(subscription.Reader.TryRead(out _));
        }

        if (oldest > 0)
        {
            Assert.Equal(new Subscribing.TooOld(oldest), events.Subscribe(oldest - 1));
        }
    }
}
