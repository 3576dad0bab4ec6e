namespace Cloud.Protocol.Validation;

/// <summary>Why a message has no effect although nobody is to blame.</summary>
public enum IgnoreReason
{
    /// <summary>The input is longer than any message of its kind, and was not read.</summary>
    Oversized,

    /// <summary>It came after the end of its window, by no more than clocks differ.</summary>
    SlightlyLate,
}
