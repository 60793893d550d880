using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;
using GraphPartition.Serving;
using GraphPartition.Serving.Diagnostics;
using GraphPartition.Serving.Options;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Trace;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// The server of <c>gpc serve</c>: the package GraphPartition.Serving on Kestrel. No other class of gpc names a type of ASP.NET Core, so
/// other commands do not load it.
/// </summary>
internal static class InferenceServer
{
    /// <summary>Serves until SIGTERM or Ctrl+C, then answers what it accepted.</summary>
    /// <exception cref="ModelException">No model could be loaded (GP5047), or the server would be open to others (GP5048).</exception>
    public static void Run(ServeRequest request, Action<ServingOptions> configure)
    {
        // The folder of the program, not the current one: settings of another application must not change the server.
        var options = new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory };
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(options);
        builder.Services.AddInferenceProtocol(serving =>
        {
            configure(serving);
            CheckProtection(request, serving);
        });
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, LargeBlocks>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = request.DrainTimeout);
        Log(builder.Logging, request.JsonLog);
        if (request.Otlp is { } collector)
            builder.Services.AddOpenTelemetry().WithTracing(
                traces => traces.AddSource([.. InferenceProtocol.ActivitySources]).AddOtlpExporter(o => o.Endpoint = collector));
        Listen(builder.WebHost, request);
        using WebApplication app = builder.Build();
        SeparateMetrics(app, request.Metrics?.Port);
        app.MapInferenceProtocol();
        try
        {
            app.Start();
        }
        catch (IOException e)
        {
            throw new EnvironmentException(GpcCodes.CannotListen, "--http, --grpc, --metrics", e.Message, e);
        }
        string[] names = [.. new[] { (request.Http, "REST"), (request.Grpc, "gRPC"), (request.Metrics, "metrics") }
            .Where(e => e.Item1 is not null).Select(e => e.Item2)];
        foreach ((string name, string address) in names.Zip(app.Urls)) Console.WriteLine($"{name} on {address}");
        app.WaitForShutdown();
    }

    private static void CheckProtection(ServeRequest request, ServingOptions serving)
    {
        foreach (IPEndPoint end in Ends(request))
        {
            if (IPAddress.IsLoopback(end.Address)) continue;
            if (serving.ApiKeys.Count == 0 && !request.AllowAnonymous)
                throw ServingCodes.Unprotected.Error($"{end}", "other machines reach this address, and there are no API keys");
            if (request.Certificate is null && !request.AllowPlaintext)
                throw ServingCodes.Unprotected.Error($"{end}", "other machines reach this address, and there is no certificate");
        }
    }

    private static void Listen(IWebHostBuilder host, ServeRequest request)
    {
        X509Certificate2? certificate = CertificateOf(request);
        if (certificate is not null) host.UseKestrelHttpsConfiguration();
        host.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = request.MaxConnections;
            foreach (IPEndPoint end in Ends(request))
                kestrel.Listen(end, listen =>
                {
                    // Without TLS a client cannot ask for HTTP/2, so gRPC has a port that speaks nothing else.
                    listen.Protocols = certificate is not null ? HttpProtocols.Http1AndHttp2
                        : ReferenceEquals(end, request.Grpc) ? HttpProtocols.Http2 : HttpProtocols.Http1;
                    if (certificate is not null) listen.UseHttps(certificate);
                });
        });
    }

    /// <summary>The metrics are on their port only, and nothing else is there.</summary>
    private static void SeparateMetrics(WebApplication app, int? metrics) => app.Use((http, next) =>
    {
        bool onPort = http.Connection.LocalPort == (metrics == 0 ? PortOf(app) : metrics);
        if (onPort == http.Request.Path.StartsWithSegments("/metrics")) return next(http);
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });

    private static int PortOf(WebApplication app) => new Uri(app.Urls.Last()).Port; // the metrics are the last end

    private static IEnumerable<IPEndPoint> Ends(ServeRequest request) =>
        new[] { request.Http, request.Grpc, request.Metrics }.OfType<IPEndPoint>();

    private static X509Certificate2? CertificateOf(ServeRequest request)
    {
        if (request.Certificate is not { } file) return null;
        try
        {
            return X509Certificate2.CreateFromPemFile(file, request.CertificateKey);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw GpcCodes.BadOption.Error($"--tls-certificate {file}", e.Message);
        }
    }

    private static void Log(ILoggingBuilder log, bool json)
    {
        log.ClearProviders().AddFilter("Microsoft", LogLevel.Warning);
        if (json) log.AddJsonConsole(console => console.UseUtcTimestamp = true);
        else log.AddSimpleConsole(console => console.SingleLine = true);
        log.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
