namespace Cloud.EpochProver;

/// <summary>A setting with which the process cannot start.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="remedy">What to do.</param>
internal sealed class SettingException(string message, string remedy) : Exception(message)
{
    public string Remedy { get; } = remedy;
}
