namespace Cloud.Protocol.Time;

/// <summary>How building, attesting and publishing of a slot are laid out in time. A consensus value: every node of a rollup uses the same one.</summary>
public enum TimingProfile
{
    /// <summary>Build, attest and publish inside the slot itself (building-in-chunks 1.2).</summary>
    Sequential = 0,

    /// <summary>Build slot N in the frame before it, publish in slot N; nothing is built while the last chunk is attested (building-in-chunks 1.3).</summary>
    Pipelined = 1,

    /// <summary>As <see cref="Pipelined"/>, but the next proposer starts on the last chunk it received while the committee attests: chunks never stop.</summary>
    Continuous = 2,
}
