using Cloud.Gateway.Status.Documents;
using Microsoft.AspNetCore.Http;

namespace Cloud.Gateway.Status;

/// <summary>Refusals of the status API (RFC 9457).</summary>
internal static class Problems
{
    private const string MediaType = "application/problem+json";

    /// <summary>A parameter is not what it must be.</summary>
    public static ProblemDocument Invalid(string parameter, string detail) =>
        new("/problems/invalid-parameter", "Invalid parameter", StatusCodes.Status400BadRequest, detail, Parameter: parameter);

    /// <summary>There is no such thing.</summary>
    public static ProblemDocument NotFound(string detail) => new("/problems/not-found", "Not found", StatusCodes.Status404NotFound, detail);

    /// <summary>There was such a thing, and it is not kept any more.</summary>
    public static ProblemDocument Pruned(string detail) => new("/problems/pruned", "Not kept any more", StatusCodes.Status410Gone, detail);

    /// <summary>The gateway cannot answer now.</summary>
    public static ProblemDocument NotReady(string detail) =>
        new("/problems/not-ready", "Not ready", StatusCodes.Status503ServiceUnavailable, detail, RetryAfterMs: 1000);

    /// <summary>There is no proof of it.</summary>
    public static ProblemDocument NoProof(string detail) => new("/problems/no-proof", "No proof", StatusCodes.Status404NotFound, detail);

    /// <summary>A key is missing or does not allow it.</summary>
    public static ProblemDocument Unauthorized(string detail) => new("/problems/unauthorized", "Not allowed", StatusCodes.Status401Unauthorized, detail);

    /// <summary>The key does not allow it.</summary>
    public static ProblemDocument Forbidden(string detail) => new("/problems/forbidden", "Not allowed", StatusCodes.Status403Forbidden, detail);

    /// <summary>Writes a refusal.</summary>
    /// <param name="context">The request.</param>
    /// <param name="problem">The refusal.</param>
    public static async Task WriteAsync(HttpContext context, ProblemDocument problem)
    {
        HttpResponse response = context.Response;
        response.StatusCode = problem.Status;
        response.ContentType = MediaType;
        if (problem.RetryAfterMs is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (wait + 999) / 1000).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        byte[] body = StatusJson.Write(problem);
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }
}
