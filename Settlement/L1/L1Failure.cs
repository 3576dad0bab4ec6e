using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.L1;

/// <summary>Why L1 did not give what was asked. Each case says in <see cref="Message"/> what is wrong, which setting it concerns and what to do.</summary>
public abstract record L1Failure
{
    private L1Failure()
    {
    }

    /// <summary>One or two sentences for an operator's log.</summary>
    public abstract string Message { get; }

    /// <summary>Whether another endpoint, or the same one later, may answer.</summary>
    public virtual bool IsTransient => false;

    /// <inheritdoc/>
    public sealed override string ToString() => Message;

    /// <summary>No connection, or it broke.</summary>
    /// <param name="Endpoint">Where.</param>
    /// <param name="Reason">What the network said.</param>
    public sealed record Unreachable(string Endpoint, string Reason) : L1Failure
    {
        /// <inheritdoc/>
        public override string Message => $"L1 endpoint {Endpoint} cannot be reached: {Reason}. Check the address (--l1 of a command, L1:Endpoints of a configuration) and the node behind it.";

        /// <inheritdoc/>
        public override bool IsTransient => true;
    }

    /// <summary>No answer in time.</summary>
    /// <param name="Endpoint">Where.</param>
    /// <param name="Method">What was called.</param>
    /// <param name="After">How long it was waited for.</param>
    public sealed record TimedOut(string Endpoint, string Method, TimeSpan After) : L1Failure
    {
        /// <inheritdoc/>
        public override string Message => $"L1 endpoint {Endpoint} did not answer {Method} within {After.TotalSeconds:0.###} s. Raise L1:RequestTimeout or add an endpoint to L1:Endpoints.";

        /// <inheritdoc/>
        public override bool IsTransient => true;
    }

    /// <summary>An answer that is no JSON-RPC, or without what the method must give.</summary>
    /// <param name="Endpoint">Where.</param>
    /// <param name="Method">What was called.</param>
    /// <param name="Why">What is wrong with the answer.</param>
    public sealed record BadReply(string Endpoint, string Method, string Why) : L1Failure
    {
        /// <inheritdoc/>
        public override string Message => $"L1 endpoint {Endpoint} answered {Method} with something unusable: {Why}. Check that L1:Endpoints names an execution node's JSON-RPC.";

        /// <inheritdoc/>
        public override bool IsTransient => true;
    }

    /// <summary>The node understood and said no.</summary>
    /// <param name="Endpoint">Where.</param>
    /// <param name="Method">What was called.</param>
    /// <param name="Code">JSON-RPC error code.</param>
    /// <param name="Reason">The node's words.</param>
    /// <param name="Data">What came with the error: a call's revert data, for instance.</param>
    public sealed record Refused(string Endpoint, string Method, long Code, string Reason, Bytes Data) : L1Failure
    {
        /// <summary>JSON-RPC's code for a method that does not exist.</summary>
        public const long MethodNotFound = -32601;

        /// <summary>The code that nodes give when they limit the rate of calls (EIP-1474).</summary>
        public const long LimitExceeded = -32005;

        /// <inheritdoc/>
        public override string Message => $"L1 endpoint {Endpoint} refused {Method}: {Reason} (code {Code}).";

        /// <inheritdoc/>
        public override bool IsTransient => Code == LimitExceeded;
    }

    /// <summary>The endpoint is on another chain.</summary>
    /// <param name="Endpoint">Where.</param>
    /// <param name="Expected">The chain id of the settings.</param>
    /// <param name="Got">The chain id of the node.</param>
    public sealed record WrongChain(string Endpoint, ulong Expected, ulong Got) : L1Failure
    {
        /// <inheritdoc/>
        public override string Message => $"L1 endpoint {Endpoint} is on chain {Got}, L1:ChainId says {Expected}. Correct L1:ChainId or the endpoint.";
    }

    /// <summary>There is no contract at the rollup's address.</summary>
    /// <param name="Endpoint">Where.</param>
    /// <param name="Rollup">The address of the settings.</param>
    public sealed record NoContract(string Endpoint, Address Rollup) : L1Failure
    {
        /// <inheritdoc/>
        public override string Message => $"There is no contract at {Rollup} on {Endpoint}. Set L1:Rollup to the rollup's address, or wait until the node is in sync.";
    }

    /// <summary>The contract is of another version.</summary>
    /// <param name="Rollup">The address of the settings.</param>
    /// <param name="Expected">The version that this program speaks.</param>
    /// <param name="Got">The contract's version; null where it has none.</param>
    public sealed record WrongVersion(Address Rollup, ulong Expected, ulong? Got) : L1Failure
    {
        /// <inheritdoc/>
        public override string Message => Got is { } got
            ? $"The contract at {Rollup} is of version {got}, this program speaks version {Expected}. Use the release for that version, or set L1:Rollup to another deployment."
            : $"The contract at {Rollup} is no rollup of this product. Check L1:Rollup.";
    }

    /// <summary>A value that the contract fixes differs from the settings.</summary>
    /// <param name="Setting">Name of the setting.</param>
    /// <param name="Configured">Its value.</param>
    /// <param name="OnChain">The contract's value.</param>
    public sealed record DifferentParameter(string Setting, string Configured, string OnChain) : L1Failure
    {
        /// <inheritdoc/>
        public override string Message => $"{Setting} is {Configured}, but the rollup contract was deployed with {OnChain}. Set {Setting} to {OnChain}.";
    }

    /// <summary>A key cannot pay.</summary>
    /// <param name="Publisher">The key's address.</param>
    /// <param name="Balance">Its balance in wei.</param>
    /// <param name="Needed">What is needed in wei.</param>
    public sealed record Unfunded(Address Publisher, UInt256 Balance, UInt256 Needed) : L1Failure
    {
        /// <inheritdoc/>
        public override string Message => $"Publisher {Publisher} has {Balance} wei and needs {Needed}. Send ETH to it, or list another key in L1:Publishers.";
    }

    /// <summary>The local clock and L1 disagree.</summary>
    /// <param name="Ahead">By how much the local clock is ahead of what L1's newest block allows.</param>
    /// <param name="Limit">What is tolerated.</param>
    public sealed record ClockAhead(TimeSpan Ahead, TimeSpan Limit) : L1Failure
    {
        /// <inheritdoc/>
        public override string Message =>
            $"The newest L1 block is {Ahead.TotalSeconds:0} s old by the local clock, more than L1:MaxHeadAge, {Limit.TotalSeconds:0} s. Synchronise the clock (NTP), or wait until the L1 node is in sync.";
    }

    /// <summary>The local clock is behind L1.</summary>
    /// <param name="Behind">How far the newest block is in the local future.</param>
    public sealed record ClockBehind(TimeSpan Behind) : L1Failure
    {
        /// <inheritdoc/>
        public override string Message => $"The newest L1 block is {Behind.TotalSeconds:0} s in the future by the local clock. Synchronise the clock (NTP).";
    }

    /// <summary>An answer contradicts itself, what was asked for, or what was proven.</summary>
    /// <param name="Endpoint">Where.</param>
    /// <param name="What">The contradiction.</param>
    public sealed record Lie(string Endpoint, string What) : L1Failure
    {
        /// <inheritdoc/>
        public override string Message => $"L1 endpoint {Endpoint} gave data that cannot be true: {What}. Remove it from L1:Endpoints.";

        /// <inheritdoc/>
        public override bool IsTransient => true;
    }

    /// <summary>Data of L1 cannot be had at present.</summary>
    /// <param name="What">Which, what was tried, and what to do.</param>
    public sealed record Unavailable(string What) : L1Failure
    {
        /// <inheritdoc/>
        public override string Message => What;

        /// <inheritdoc/>
        public override bool IsTransient => true;
    }
}
