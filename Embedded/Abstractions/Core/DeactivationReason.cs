namespace Orleans;

/// <summary>Why an activation goes.</summary>
public readonly struct DeactivationReason
{
    /// <summary>A code and a text.</summary>
    /// <param name="code">The code.</param>
    /// <param name="text">The text.</param>
    public DeactivationReason(DeactivationReasonCode code, string text)
        : this(code, null, text)
    {
    }

    /// <summary>A code, a text and an exception.</summary>
    /// <param name="code">The code.</param>
    /// <param name="exception">The exception.</param>
    /// <param name="text">The text.</param>
    public DeactivationReason(DeactivationReasonCode code, Exception? exception, string text)
    {
        ReasonCode = code;
        Exception = exception;
        Description = text;
    }

    /// <summary>The text.</summary>
    public string Description { get; }

    /// <summary>The code.</summary>
    public DeactivationReasonCode ReasonCode { get; }

    /// <summary>The exception, if one is the reason.</summary>
    public Exception? Exception { get; }

    /// <summary>Code, text and exception.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Exception is null ? $"{ReasonCode}: {Description}." : $"{ReasonCode}: {Description}. Exception: {Exception}";
}
