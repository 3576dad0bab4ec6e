using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace Cloud.Cli;

/// <summary>Where commands write.</summary>
/// <param name="Console">For people.</param>
/// <param name="Output">For programs: nothing but JSON.</param>
/// <param name="Errors">What went wrong.</param>
/// <param name="Time">The clock.</param>
internal sealed record Terminal(IAnsiConsole Console, TextWriter Output, TextWriter Errors, TimeProvider Time)
{
    /// <summary>Longest file that is read as a whole.</summary>
    public const int MaxFileLength = 1 << 20;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes a document.</summary>
    public void Json(object document) => Output.WriteLine(JsonSerializer.Serialize(document, document.GetType(), Options));

    /// <summary>Reads a small file as text.</summary>
    /// <param name="file">The file, at most <see cref="MaxFileLength"/> bytes.</param>
    /// <param name="remedy">What to do where there is none.</param>
    /// <returns>The text; null where it cannot be read, and then that was said.</returns>
    public string? ReadText(FileInfo file, string remedy)
    {
        if (!file.Exists)
        {
            Fail($"there is no file {file.FullName}", remedy);
            return null;
        }

        if (file.Length > MaxFileLength)
        {
            Fail($"{file.FullName} has {file.Length} bytes, the limit is {MaxFileLength}", remedy);
            return null;
        }

        try
        {
            return File.ReadAllText(file.FullName);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Fail($"{file.FullName} cannot be read: {exception.Message}", remedy);
            return null;
        }
    }

    /// <summary>Says what is wrong and what to do.</summary>
    public void Fail(string what, string remedy)
    {
        Errors.WriteLine($"error: {what}");
        Errors.WriteLine($"       {remedy}");
    }
}
