using Cloud.Protocol.Validation;

namespace Cloud.Protocol.Tallies;

/// <summary>A message with what <see cref="MessageValidator"/> said about it. Signatures are recovered before a tally sees the message, so that its turn stays short.</summary>
/// <typeparam name="T">The message.</typeparam>
/// <param name="Message">The message.</param>
/// <param name="Validity">The outcome of validation.</param>
public readonly record struct Validated<T>(T Message, Validity Validity);
