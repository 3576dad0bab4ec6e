using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;

namespace Cloud.Gateway.Status;

/// <summary>Serves the dashboard: its files, and its page for every path of its own.</summary>
internal static class DashboardFiles
{
    private const string ContentPolicy = "default-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    private const string Forever = "public, max-age=31536000, immutable";
    private const string Probes = "/health/";
    private static readonly string[] Ours = ["/api", "/metrics", "/rpc", "/ws", "/flashblocks", "/operator"];

    /// <summary>Maps the files.</summary>
    /// <param name="application">The host.</param>
    /// <param name="folder">The dashboard's build; empty for none.</param>
    public static void Map(WebApplication application, string folder)
    {
        if (folder.Length == 0)
        {
            return;
        }

        PhysicalFileProvider files = new(Path.GetFullPath(folder));
        FileExtensionContentTypeProvider types = new();
        application.Use(async (context, next) =>
        {
            string path = context.Request.Path.Value ?? "/";
            bool isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
            if (!isRead || context.WebSockets.IsWebSocketRequest || path.StartsWith(Probes, StringComparison.Ordinal)
                || Array.Exists(Ours, ours => path.Equals(ours, StringComparison.Ordinal) || path.StartsWith(ours + "/", StringComparison.Ordinal)))
            {
                await next(context).ConfigureAwait(false);
                return;
            }

            bool isPage = !Path.HasExtension(path);
            IFileInfo file = files.GetFileInfo(isPage ? "index.html" : path);
            if (!file.Exists || file.IsDirectory)
            {
                await next(context).ConfigureAwait(false);
                return;
            }

            HttpResponse response = context.Response;
            response.ContentType = isPage ? "text/html; charset=utf-8" : types.TryGetContentType(path, out string? type) ? type : "application/octet-stream";
            response.ContentLength = file.Length;
            response.Headers.CacheControl = path.StartsWith("/assets/", StringComparison.Ordinal) ? Forever : "no-cache";
            response.Headers.ContentSecurityPolicy = ContentPolicy;
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers["Referrer-Policy"] = "no-referrer";
            if (!HttpMethods.IsHead(context.Request.Method))
            {
                await response.SendFileAsync(file, context.RequestAborted).ConfigureAwait(false);
            }
        });
    }
}
