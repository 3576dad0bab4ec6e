using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using Cloud.Gateway.WebSockets;

namespace Cloud.Gateway.Flashblocks;

/// <summary>One reader of the flashblock stream.</summary>
/// <param name="connection">Where it reads.</param>
/// <param name="isCompressed">Whether frames are brotli streams.</param>
/// <param name="isText">Whether JSON goes in text frames rather than binary ones.</param>
/// <param name="wantsEnd">Whether the end of each chunk is told by a frame of its own.</param>
internal sealed class FlashblockSubscriber(PushConnection connection, bool isCompressed, bool isText, bool wantsEnd)
{
    private (ulong BlockNumber, ulong Index)? _skipThrough;

    /// <summary>Leaves out what the reader has already, having read it from a gateway that was ahead of this one.</summary>
    public void SkipThrough(ulong blockNumber, ulong index) => _skipThrough = (blockNumber, index);

    /// <summary>Fetches what a push needs from memory.</summary>
    /// <returns>Means nothing.</returns>
    public int Touch() => connection.Touch();

    /// <summary>Sends a flashblock.</summary>
    /// <returns>False where the reader has it already or is gone.</returns>
    public bool Push(StreamedFlashblock flashblock)
    {
        if (_skipThrough is { } skip)
        {
            if (!flashblock.IsAfter(skip.BlockNumber, skip.Index))
            {
                return false;
            }

            _skipThrough = null;
        }

        bool isSent = connection.TryPush(default, isCompressed ? flashblock.Compressed : flashblock.Text, isText && !isCompressed ? WebSocketMessageType.Text : WebSocketMessageType.Binary);
        if (flashblock.IsLast)
        {
            End(flashblock.PayloadId);
        }

        return isSent;
    }

    /// <summary>Tells that no more flashblocks of a chunk come, where the reader wants to know.</summary>
    public void End(ulong payloadId)
    {
        if (wantsEnd)
        {
            connection.TryPush(
                default,
                Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"payload_id\":\"0x{payloadId:x16}\"}}")),
                isText ? WebSocketMessageType.Text : WebSocketMessageType.Binary);
        }
    }

    /// <summary>Closes the connection.</summary>
    public void Close(string reason) => connection.Close(reason);
}
