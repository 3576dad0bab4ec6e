using Cloud.Protocol.Primitives;

namespace Cloud.Load;

/// <summary>Is told of what a load sends.</summary>
internal interface ISubmissionWatch
{
    /// <summary>It is about to be sent.</summary>
    void Sending(Hash256 transaction, DateTimeOffset at);

    /// <summary>It was accepted or refused.</summary>
    void Answered(Hash256 transaction, bool isAccepted);
}
