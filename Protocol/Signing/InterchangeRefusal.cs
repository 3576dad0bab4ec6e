using Cloud.Protocol.Messages;

namespace Cloud.Protocol.Signing;

/// <summary>Why a signing history is not imported. Nothing was changed.</summary>
public abstract record InterchangeRefusal
{
    private InterchangeRefusal()
    {
    }

    /// <summary>What is wrong, by which rule, and what to do, for the operator.</summary>
    public abstract string Message { get; }

    /// <summary>The file is too long.</summary>
    /// <param name="Length">Its length in bytes.</param>
    /// <param name="Limit">What is allowed.</param>
    public sealed record TooLarge(int Length, int Limit) : InterchangeRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"The file has {Length} bytes, at most {Limit} are allowed. Export fewer keys at a time, or raise the watermark before exporting.";
    }

    /// <summary>The file is not JSON.</summary>
    /// <param name="Where">Where reading stopped.</param>
    public sealed record NotJson(string Where) : InterchangeRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"The file is not JSON ({Where}). It may be cut off: export it again.";
    }

    /// <summary>A field is missing or not of its form.</summary>
    /// <param name="Path">Which field.</param>
    /// <param name="Expected">Its form.</param>
    public sealed record InvalidField(string Path, string Expected) : InterchangeRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"{Path} must be {Expected}. The file was not written by an export of this format: export it again.";
    }

    /// <summary>The file has a format version that this program does not know.</summary>
    /// <param name="Version">Its version.</param>
    public sealed record UnknownVersion(string Version) : InterchangeRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"Format version {Version}, only {SigningInterchange.FormatVersion} is known. Export with this program's version, or import with the other's.";
    }

    /// <summary>There is too much of something.</summary>
    /// <param name="Path">Of what.</param>
    /// <param name="Limit">What is allowed.</param>
    public sealed record TooMany(string Path, int Limit) : InterchangeRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"More than {Limit} {Path}. Export fewer keys at a time, or raise the watermark before exporting.";
    }

    /// <summary>The history belongs to another rollup.</summary>
    /// <param name="Theirs">The history's rollup.</param>
    /// <param name="Ours">The ledger's rollup.</param>
    public sealed record OtherRollup(SigningContext Theirs, SigningContext Ours) : InterchangeRefusal
    {
        /// <inheritdoc/>
        public override string Message =>
            $"The history is of chain {Theirs.ChainId}, rollup {Theirs.Rollup}; this ledger is of chain {Ours.ChainId}, rollup {Ours.Rollup}. "
            + "A history protects only the rollup that it was exported from: import the export of this rollup.";
    }
}
