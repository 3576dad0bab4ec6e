using Cloud.Embedded.Runtime;

namespace Cloud.Embedded.Streams;

/// <summary>The request that brings events to a subscriber: waits for its turn like any other.</summary>
internal sealed class DeliveryCall(StreamKey key, Guid id, int epoch, StreamEvents? events, int firstIndex, Exception? failure) : TaskCall
{
    private static readonly MethodDescriptor Descriptor = new(typeof(IStreamConsumer), typeof(IStreamConsumer).GetMethod(nameof(IStreamConsumer.Deliver))!);

    public override MethodDescriptor Method => Descriptor;

    internal string Stream => key.Stream.ToString();

    protected override Task InvokeMethod(object target) =>
        (Host is Activation activation ? StreamConsumer.Of(activation) : (StreamConsumer)target).DeliverAsync(Host, key, id, epoch, events, firstIndex, failure);
}
