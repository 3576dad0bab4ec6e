namespace Cloud.Protocol.Tallies;

/// <summary>What a committee member did at one position.</summary>
public enum Attendance
{
    /// <summary>Nothing is known of it.</summary>
    Missed,

    /// <summary>It signed in time.</summary>
    Sent,

    /// <summary>It signed after the certificate was complete.</summary>
    Late,

    /// <summary>It signed another payload than the one that counts.</summary>
    Other,

    /// <summary>It signed two payloads.</summary>
    Conflicting,
}
