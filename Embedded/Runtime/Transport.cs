namespace Cloud.Embedded.Runtime;

/// <summary>Carries requests, responses and cancellations.</summary>
internal abstract class Transport
{
    public abstract void Send(GrainCall call);

    public abstract void Reply(GrainCall call);

    public abstract void Cancel(GrainCall call);
}
