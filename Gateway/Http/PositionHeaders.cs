using System.Globalization;
using Cloud.Gateway.Events;
using Cloud.Replica.Node;
using Cloud.Replica.Views;
using Microsoft.AspNetCore.Http;

namespace Cloud.Gateway.Http;

/// <summary>The headers by which callers keep their reads in order: how far an answer's view has come, and how far it must have come.</summary>
internal sealed class PositionHeaders(ReplicaNode node, PositionGate gate)
{
    /// <summary>On each reply: <c>BLOCK.FLASHBLOCK</c>, with a hyphen for the flashblock where the newest block is sealed.</summary>
    public const string Position = "Preconf-Position";

    /// <summary>On a request: the least position.</summary>
    public const string MinPosition = "Preconf-Min-Position";

    /// <summary>On a request: how long to wait for it in milliseconds.</summary>
    public const string Wait = "Preconf-Wait";

    private const int MaxWait = 5000;
    private const int DefaultWait = 1000;

    /// <summary>Text of a position.</summary>
    /// <param name="position">The position.</param>
    /// <returns>Such as <c>1042.3</c> or <c>1042.-</c>.</returns>
    public static string Format(ViewPosition position) => position.Flashblocks == int.MaxValue
        ? string.Create(CultureInfo.InvariantCulture, $"{position.Block}.-")
        : string.Create(CultureInfo.InvariantCulture, $"{position.Block}.{Math.Max(0, position.Flashblocks - 1)}");

    /// <summary>Reads a position.</summary>
    /// <param name="text">What <see cref="Format"/> gave.</param>
    /// <param name="position">The position.</param>
    /// <returns>False where the text is none.</returns>
    public static bool TryParse(string text, out ViewPosition position)
    {
        position = default;
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        ReadOnlySpan<char> number = dot < 0 ? text : text.AsSpan(0, dot);
        ReadOnlySpan<char> flashblock = dot < 0 ? "-" : text.AsSpan(dot + 1);
        if (!ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out ulong block))
        {
            return false;
        }

        if (flashblock is "-")
        {
            position = new ViewPosition(block, int.MaxValue);
            return true;
        }

        bool isRead = int.TryParse(flashblock, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < int.MaxValue - 1;
        position = new ViewPosition(block, index + 1);
        return isRead;
    }

    /// <summary>How far this node has come.</summary>
    public string Present => Format(node.View.Position);

    /// <summary>Waits for the position that the request asks for, and notes the present one on the reply.</summary>
    /// <param name="context">The request.</param>
    /// <returns>Why the request cannot be answered, with its status; null where it can.</returns>
    public async ValueTask<(int Status, string Message)?> ApplyAsync(HttpContext context)
    {
        string wanted = context.Request.Headers[MinPosition].ToString();
        (int, string)? refusal = null;
        if (wanted.Length > 0)
        {
            refusal = await WaitAsync(context, wanted).ConfigureAwait(false);
        }

        context.Response.Headers[Position] = Format(node.View.Position);
        return refusal;
    }

    private async ValueTask<(int Status, string Message)?> WaitAsync(HttpContext context, string wanted)
    {
        string waitText = context.Request.Headers[Wait].ToString();
        int wait = DefaultWait;
        if (!TryParse(wanted, out ViewPosition least)
            || (waitText.Length > 0 && !(int.TryParse(waitText, NumberStyles.None, CultureInfo.InvariantCulture, out wait) && wait <= MaxWait)))
        {
            return (StatusCodes.Status400BadRequest, $"{MinPosition} must be BLOCK.FLASHBLOCK, and {Wait} a number of milliseconds up to {MaxWait}");
        }

        return await gate.WaitAsync(least, TimeSpan.FromMilliseconds(wait), context.RequestAborted).ConfigureAwait(false)
            ? null
            : (StatusCodes.Status503ServiceUnavailable, $"position {wanted} is not reached, this node is at {Format(node.View.Position)}");
    }
}
