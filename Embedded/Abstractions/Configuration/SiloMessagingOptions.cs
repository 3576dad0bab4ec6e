namespace Orleans.Configuration;

/// <summary>Options of messaging in a silo.</summary>
public class SiloMessagingOptions : MessagingOptions
{
    /// <summary>Requests that may wait for one activation before new ones are refused with a <see cref="Runtime.LimitExceededException"/>. Default 0: no limit.</summary>
    public int MaxEnqueuedRequestsHardLimit { get; set; }

    /// <summary>Requests that may wait for one activation before a warning is logged. Default 0: no limit.</summary>
    public int MaxEnqueuedRequestsSoftLimit { get; set; }

    /// <summary>As <see cref="MaxEnqueuedRequestsHardLimit"/>, for stateless workers.</summary>
    public int MaxEnqueuedRequestsHardLimit_StatelessWorker { get; set; }

    /// <summary>As <see cref="MaxEnqueuedRequestsSoftLimit"/>, for stateless workers.</summary>
    public int MaxEnqueuedRequestsSoftLimit_StatelessWorker { get; set; }
}
