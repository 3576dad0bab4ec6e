namespace Orleans.Configuration;

/// <summary>Options of messaging.</summary>
public abstract class MessagingOptions
{
    /// <summary>How long a caller waits for a response. Default 30 seconds.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether a request that is past its time-out when its turn comes is dropped. Default true.</summary>
    public bool DropExpiredMessages { get; set; } = true;

    /// <summary>Whether a callee's token is cancelled when the caller stops waiting. Default false.</summary>
    public bool CancelRequestOnTimeout { get; set; }

    /// <summary>Whether a cancelled call waits for the callee's answer. Default false: it ends at once.</summary>
    public bool WaitForCancellationAcknowledgement { get; set; }
}
