using System.CommandLine;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;
using GraphPartition.Serving.Options;

namespace GraphPartition.Gpc.Options;

/// <summary>The options of <c>gpc serve</c>.</summary>
internal sealed class ServeArguments
{
    private const int Http = 8000, Grpc = 8001, Metrics = 8002; // as in Triton

    private readonly Option<string> _http = EndPoint("--http", "REST", Http);
    private readonly Option<string> _grpc = EndPoint("--grpc", "gRPC", Grpc);
    private readonly Option<string> _metrics = EndPoint("--metrics", "metrics for Prometheus", Metrics);
    private readonly Option<string> _batching = OptionOf.Choice("--batching",
        "Join requests. auto: if a proof shows that the rows of a batch do not meet; required: fail without the proof.", "auto", "off", "required");
    private readonly Option<int> _maxBatch = OptionOf.Number("--max-batch", "N", "The most samples of a batch.", 1, 16);
    private readonly Option<int[]> _preferred = new("--preferred-batch")
    { Description = "A batch of this size does not wait. May be given several times.", HelpName = "N" };
    private readonly Option<int> _delay = OptionOf.Number("--queue-delay", "US", "How long a request waits for more requests to join its batch, in microseconds.", 0);
    private readonly Option<int> _maxQueue = OptionOf.Number("--max-queue", "N", "How many requests may wait; a further one gets 503.", 0, 1024);
    private readonly Option<int> _priorities = OptionOf.Number("--priorities", "N", "The number of priorities; 1 runs first.", 1, 1);
    private readonly Option<long> _timeout = OptionOf.Number("--queue-timeout", "US", "How long a request may wait, in microseconds; 0: no limit.", 0L);
    private readonly Option<int> _versions = OptionOf.Number("--versions", "N", "How many of the newest versions of a model are served.", 1, 1);
    private readonly Option<bool> _noWarmUp = new("--no-warm-up") { Description = "Do not run the model on made-up inputs before the first request." };
    private readonly Option<bool> _control = new("--model-control") { Description = "Let clients load and unload models." };
    private readonly Option<double?> _poll = OptionOf.OptionalNumber("--poll", "S", "Search the folders for changes every S seconds.", 0.01);
    private readonly Option<bool> _memory = new("--shared-memory") { Description = "Let clients of this machine pass tensors in shared memory." };
    private readonly Option<long> _maxRequest = OptionOf.Number("--max-request-bytes", "N", "The largest request.", 1L, 256L << 20);
    private readonly Option<long?> _maxConnections = OptionOf.OptionalNumber("--max-connections", "N", "The most open connections.", 1L);
    private readonly Option<string?> _keys = new("--api-keys")
    { Description = "A file with an API key in each line. Clients send 'Authorization: Bearer KEY'.", HelpName = "FILE" };
    private readonly Option<string?> _certificate = new("--tls-certificate") { Description = "A certificate in PEM.", HelpName = "FILE" };
    private readonly Option<string?> _certificateKey = new("--tls-key") { Description = "Its key in PEM, if it is in another file.", HelpName = "FILE" };
    private readonly Option<bool> _anonymous = new("--allow-anonymous")
    { Description = "Serve other machines without API keys: a proxy in front of the server checks who they are." };
    private readonly Option<bool> _plaintext = new("--allow-plaintext")
    { Description = "Serve other machines without TLS: TLS ends in front of the server." };
    private readonly Option<double> _drainDelay = OptionOf.Number(
        "--drain-delay", "S", "How long the server still takes requests after SIGTERM, while it reports that it is not ready.", 0.0);
    private readonly Option<double> _drainTimeout = OptionOf.Number("--drain-timeout", "S", "How long accepted requests may take after that.", 0.0, 30);
    private readonly Option<string> _log = OptionOf.Choice("--log-format", "The form of the log on standard error.", "text", "json");
    private readonly Option<Uri?> _otlp = new("--otlp")
    {
        Description = "Send traces to an OpenTelemetry collector (gRPC).",
        HelpName = "URL",
        CustomParser = result => Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out Uri? uri)
            && uri.Scheme.StartsWith("http", StringComparison.Ordinal)
            ? uri : Fail(result, "--otlp takes a URL, for instance http://localhost:4317"),
    };

    /// <summary>Adds the options to a command.</summary>
    public ServeArguments(GpcCommand command)
    {
        command.Add(OptionGroup.Common, _http, _grpc, _metrics);
        command.Add(OptionGroup.Batching, _batching, _maxBatch, _preferred, _delay, _maxQueue, _priorities, _timeout);
        command.Add(OptionGroup.Models, _versions, _poll, _control, _noWarmUp);
        command.Add(OptionGroup.Protection, _keys, _certificate, _certificateKey, _anonymous, _plaintext, _maxRequest, _maxConnections,
            _memory);
        command.Add(OptionGroup.Operation, _drainDelay, _drainTimeout, _log, _otlp);
    }

    /// <summary>Where the server listens, and how it is protected.</summary>
    public ServeRequest Request(ParseResult parsed) => new()
    {
        Http = ServeRequest.EndPoint(_http.Name, parsed.GetRequiredValue(_http)),
        Grpc = ServeRequest.EndPoint(_grpc.Name, parsed.GetRequiredValue(_grpc)),
        Metrics = ServeRequest.EndPoint(_metrics.Name, parsed.GetRequiredValue(_metrics)),
        Certificate = parsed.GetValue(_certificate),
        CertificateKey = parsed.GetValue(_certificateKey),
        AllowAnonymous = parsed.GetValue(_anonymous),
        AllowPlaintext = parsed.GetValue(_plaintext),
        MaxConnections = parsed.GetValue(_maxConnections),
        DrainTimeout = TimeSpan.FromSeconds(parsed.GetValue(_drainTimeout)),
        JsonLog = parsed.GetValue(_log) == "json",
        Otlp = parsed.GetValue(_otlp),
    };

    /// <summary>Sets what is served, and how.</summary>
    public void Apply(ParseResult parsed, ServingOptions serving, int instances)
    {
        serving.Defaults = new ModelOptions
        {
            Batching = Enum.Parse<BatchingMode>(parsed.GetRequiredValue(_batching), ignoreCase: true),
            MaxBatchSize = parsed.GetValue(_maxBatch),
            PreferredBatchSizes = [.. parsed.GetValue(_preferred) ?? []],
            MaxQueueDelayMicroseconds = parsed.GetValue(_delay),
            MaxQueueSize = parsed.GetValue(_maxQueue),
            PriorityLevels = parsed.GetValue(_priorities),
            DefaultTimeoutMicroseconds = parsed.GetValue(_timeout),
            Instances = instances,
            Versions = parsed.GetValue(_versions),
            WarmUp = !parsed.GetValue(_noWarmUp),
        };
        serving.AllowModelControl = parsed.GetValue(_control);
        serving.Poll = parsed.GetValue(_poll) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        serving.AllowSharedMemory = parsed.GetValue(_memory);
        serving.MaxRequestBytes = parsed.GetValue(_maxRequest);
        serving.DrainDelay = TimeSpan.FromSeconds(parsed.GetValue(_drainDelay));
        foreach (string key in Keys(parsed.GetValue(_keys))) serving.ApiKeys.Add(key);
    }

    private static string[] Keys(string? file)
    {
        if (file is null) return [];
        string[] keys = [.. InputFile.Read(file, File.ReadAllLines).Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#')];
        return keys.Length > 0 ? keys : throw GpcCodes.BadOption.Error($"--api-keys {file}", "the file has no key");
    }

    private static Option<string> EndPoint(string name, string what, int port) => new(name)
    {
        Description = $"The address of {what}: PORT, ADDRESS:PORT, or off. Without ADDRESS only this machine can reach it; *:PORT is every address.",
        HelpName = "[ADDRESS:]PORT",
        DefaultValueFactory = _ => $":{port}",
    };

    private static Uri? Fail(System.CommandLine.Parsing.ArgumentResult result, string message)
    {
        result.AddError(message);
        return null;
    }
}
