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
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes a document.</summary>
    public void Json(object document) => Output.WriteLine(JsonSerializer.Serialize(document, document.GetType(), Options));

    /// <summary>Says what is wrong and what to do.</summary>
    public void Fail(string what, string remedy)
    {
        Errors.WriteLine($"error: {what}");
        Errors.WriteLine($"       {remedy}");
    }
}
