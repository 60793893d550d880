using System.Net;
using GraphPartition.Foundation;

namespace GraphPartition.Gpc.Requests;

/// <summary>Where <c>gpc serve</c> listens, and how it is protected. What is served is in the options of the package.</summary>
internal sealed record ServeRequest
{
    /// <summary>Where REST is; null: nowhere.</summary>
    public IPEndPoint? Http { get; init; }

    /// <summary>Where gRPC is; null: nowhere.</summary>
    public IPEndPoint? Grpc { get; init; }

    /// <summary>Where the metrics are; null: nowhere.</summary>
    public IPEndPoint? Metrics { get; init; }

    /// <summary>The certificate in PEM; null: plain text.</summary>
    public string? Certificate { get; init; }

    /// <summary>The key of the certificate in PEM; null: it is in the same file.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>Whether other machines may use the server without a key.</summary>
    public bool AllowAnonymous { get; init; }

    /// <summary>Whether other machines may use the server without TLS.</summary>
    public bool AllowPlaintext { get; init; }

    /// <summary>How many connections may be open; null: no limit.</summary>
    public long? MaxConnections { get; init; }

    /// <summary>How long requests may take after SIGTERM.</summary>
    public TimeSpan DrainTimeout { get; init; }

    /// <summary>Whether each message of the log is a JSON object.</summary>
    public bool JsonLog { get; init; }

    /// <summary>Where traces go by the OpenTelemetry protocol; null: nowhere.</summary>
    public Uri? Otlp { get; init; }

    /// <summary>An end of <c>--http</c> and the like: PORT, :PORT, ADDRESS:PORT or off. Without an address it is loopback.</summary>
    /// <returns>Null for off.</returns>
    /// <exception cref="ModelException">GP3012: it is none of these.</exception>
    public static IPEndPoint? EndPoint(string option, string text)
    {
        if (text == "off") return null;
        string full = text.Contains(':') ? text : ":" + text;
        if (full.StartsWith(':')) full = IPAddress.Loopback + full;
        else if (full.StartsWith("*:", StringComparison.Ordinal)) full = IPAddress.Any + full[1..];
        return IPEndPoint.TryParse(full, out IPEndPoint? found) && full.LastIndexOf(':') > full.LastIndexOf(']')
            ? found : throw GpcCodes.BadOption.Error($"{option} {text}", $"{option} takes PORT, ADDRESS:PORT or off");
    }
}
