namespace Cloud.Differential.Tests;

/// <summary>The two sides do not agree; the message says where.</summary>
internal sealed class DifferenceException(string message) : Exception(message);
