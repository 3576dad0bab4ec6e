using Orleans;

namespace Cloud.Embedded.Streams;

/// <summary>Stands for the delivery of stream events in call filters and logs.</summary>
internal interface IStreamConsumer : IGrainObserver
{
    Task Deliver();
}
