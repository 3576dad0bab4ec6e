namespace Cloud.Protocol.Flashblocks;

/// <summary>What reading a frame of a flashblock stream gives. Every input gives one of the cases, without an exception.</summary>
public abstract record FrameReading
{
    private FrameReading()
    {
    }

    /// <summary>A flashblock.</summary>
    /// <param name="Frame">The frame.</param>
    public sealed record Flashblock(FlashblockFrame Frame) : FrameReading;

    /// <summary>A frame that has nothing but a payload id: no flashblock of that block follows.</summary>
    /// <param name="PayloadId">The payload id.</param>
    public sealed record EndOfSequence(ulong PayloadId) : FrameReading;

    /// <summary>The frame is refused.</summary>
    /// <param name="Fault">Why.</param>
    /// <param name="Detail">Where, or the limit.</param>
    public sealed record Refused(FrameFault Fault, string Detail) : FrameReading;
}
