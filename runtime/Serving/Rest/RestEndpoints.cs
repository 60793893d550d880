using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using GraphPartition.Serving.Memory;
using GraphPartition.Serving.Models;
using GraphPartition.Serving.Requests;
using GraphPartition.Serving.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace GraphPartition.Serving.Rest;

/// <summary>The protocol over HTTP (inference_rest.md of the Open Inference Protocol, and Triton's extensions).</summary>
internal sealed partial class RestEndpoints(
    ModelRepository models, InferenceService inference, SharedMemory memory, ServingOptions options, ILogger<RestEndpoints> log)
{
    private static readonly JsonFormatter ConfigJson = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    /// <summary>Maps the paths.</summary>
    /// <returns>The endpoints that need an API key, and those for health, which do not.</returns>
    public (IReadOnlyList<IEndpointConventionBuilder> Protected, IReadOnlyList<IEndpointConventionBuilder> Open) Map(
        IEndpointRouteBuilder endpoints)
    {
        List<IEndpointConventionBuilder> open = [], guarded = [];
        Add(open, "/v2/health/live", HttpMethods.Get, http => Json(http, new { live = true }));
        Add(open, "/v2/health/ready", HttpMethods.Get, http => Json(http, new { ready = models.IsReady }, models.IsReady ? 200 : 400));
        Add(guarded, "/v2", HttpMethods.Get, http => Json(
            http, new { name = ServerFacts.Name, version = ServerFacts.Version, extensions = ServerFacts.Extensions(options) }));
        foreach (string model in new[] { "/v2/models/{model}", "/v2/models/{model}/versions/{version}" })
        {
            Add(guarded, model, HttpMethods.Get, http =>
            {
                ModelVersion found = Find(http);
                return Json(http, ModelJson.Metadata(found, models.Models.Single(m => m.Name == found.Name).Versions.Keys
                    .Select(v => v.ToString(CultureInfo.InvariantCulture))));
            });
            Add(guarded, $"{model}/ready", HttpMethods.Get, ReadyAsync);
            Add(guarded, $"{model}/config", HttpMethods.Get, http =>
            {
                http.Response.ContentType = "application/json";
                return http.Response.WriteAsync(ConfigJson.Format(ModelConfigs.Of(Find(http))));
            });
            Add(guarded, $"{model}/stats", HttpMethods.Get, http => Json(http, new { model_stats = new[] { ModelJson.Statistics(Find(http)) } }));
            guarded.Add(Compressed.Map(endpoints, $"{model}/infer", Handler(HttpMethods.Post, InferAsync), options.MaxRequestBytes));
        }
        Add(guarded, "/v2/models/stats", HttpMethods.Get, http => Json(http, new { model_stats = models.Ready.Select(ModelJson.Statistics) }));
        Add(guarded, "/v2/repository/index", HttpMethods.Post, IndexAsync);
        Add(guarded, "/v2/repository/models/{model}/load", HttpMethods.Post, http => ControlAsync(http, models.LoadAsync));
        Add(guarded, "/v2/repository/models/{model}/unload", HttpMethods.Post, http => ControlAsync(http, models.UnloadAsync));
        foreach (string region in new[] { "/v2/systemsharedmemory", "/v2/systemsharedmemory/region/{region}" })
        {
            Add(guarded, $"{region}/status", HttpMethods.Get, http => Json(http, memory.Status(Client(http), Route(http, "region"))
                .Select(r => new { name = r.Name, key = r.Key, offset = r.Offset, byte_size = r.Size })));
            Add(guarded, $"{region}/unregister", HttpMethods.Post, http =>
            {
                memory.Unregister(Client(http), Route(http, "region"));
                return Task.CompletedTask;
            });
        }
        Add(guarded, "/v2/systemsharedmemory/region/{region}/register", HttpMethods.Post, RegisterAsync);
        guarded.Add(endpoints.MapFallback("/v2/{**path}", http => FailAsync(http, 404, "Not Found")));
        return (guarded, open);

        void Add(List<IEndpointConventionBuilder> to, string pattern, string method, RequestDelegate handle) =>
            to.Add(endpoints.Map(pattern, Handler(method, handle)));
    }

    private async Task InferAsync(HttpContext http)
    {
        int? header = HeaderLength(http.Request);
        using Body body = await Body.ReadAsync(
            http.Request.Body, options.MaxRequestBytes, http.Request.ContentLength, header ?? 0, http.RequestAborted);
        if (header > body.Bytes.Length) throw BadLength(body.Bytes.Length);
        using var request = new InferRequest(Route(http, "model"), Route(http, "version"));
        if (header == 0) InferJsonReader.ReadRaw(body, request, Find(http));
        else new InferJsonReader(body, header ?? body.Bytes.Length, memory, Client(http)).ReadInto(request);
        using InferResponse response = await inference.RunAsync(request, http.RequestAborted);
        await InferWriter.WriteAsync(http.Response, response, http.RequestAborted);
    }

    private async Task ReadyAsync(HttpContext http)
    {
        string name = Route(http, "model");
        try
        {
            Find(http);
            await Json(http, new { name, ready = true });
        }
        catch (ModelException e) when (e.Diagnostics[0].Code == ServingCodes.NotReady)
        {
            await FailAsync(http, StatusCodes.Status400BadRequest, e.Message); // as Triton: clients judge by the code alone
        }
    }

    private async Task IndexAsync(HttpContext http)
    {
        bool ready = (await BodyAsync<IndexRequest>(http))?.Ready == true;
        await Json(http, models.Models.SelectMany(m => m.Index()).Where(e => !ready || e.State == "READY")
            .Select(e => new { name = e.Name, version = e.Version, state = e.State, reason = e.Reason }));
    }

    private async Task ControlAsync(HttpContext http, Func<string, Task> control)
    {
        if (!options.AllowModelControl)
            throw ServingCodes.NotSupported.Error("load and unload", "the server does not let clients change its models (--model-control)");
        if ((await BodyAsync<LoadRequest>(http))?.Parameters?.Keys.FirstOrDefault(k => k == "config" || k.StartsWith("file:", StringComparison.Ordinal))
            is { } upload)
            throw ServingCodes.NotSupported.Error($"parameter {upload}", "models are loaded from the folders of the server only");
        await control(Route(http, "model"));
    }

    private async Task RegisterAsync(HttpContext http)
    {
        RegisterRequest request = await BodyAsync<RegisterRequest>(http) ?? throw ServingCodes.BadRequest.Error("body", "it is empty");
        memory.Register(Client(http), Route(http, "region"), request.Key ?? "", request.Offset, request.ByteSize);
    }

    private ModelVersion Find(HttpContext http) => models.Find(Route(http, "model"), Route(http, "version"));

    private static string Route(HttpContext http, string name) => http.GetRouteValue(name) as string ?? "";

    private static System.Net.IPAddress? Client(HttpContext http) => http.Connection.RemoteIpAddress;

    private static int? HeaderLength(HttpRequest request)
    {
        if (!request.Headers.TryGetValue(InferWriter.LengthHeader, out var header)) return null;
        return int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out int length) ? length
            : throw BadLength(request.ContentLength);
    }

    private static ModelException BadLength(long? body) => ServingCodes.BadRequest.Error($"header {InferWriter.LengthHeader}",
        $"it is a number from 0 to the length of the body{(body is { } length ? $" ({length})" : "")}");

    private async Task<T?> BodyAsync<T>(HttpContext http) where T : class
    {
        using Body body = await Body.ReadAsync(
            http.Request.Body, Math.Min(options.MaxRequestBytes, 1 << 20), http.Request.ContentLength, 0, http.RequestAborted);
        try
        {
            return body.Bytes.IsEmpty ? null : JsonSerializer.Deserialize<T>(body.Bytes.Span, ProtocolJson);
        }
        catch (JsonException e)
        {
            throw ServingCodes.BadRequest.Error("body", e.Message);
        }
    }

    private RequestDelegate Handler(string method, RequestDelegate handle) => async http =>
    {
        if (!HttpMethods.Equals(http.Request.Method, method))
        {
            http.Response.Headers.Allow = method;
            await FailAsync(http, StatusCodes.Status405MethodNotAllowed, "Method Not Allowed");
            return;
        }
        try
        {
            await handle(http);
        }
        catch (Exception e)
        {
            if (http.RequestAborted.IsCancellationRequested || http.Response.HasStarted)
            {
                http.Abort();
                return;
            }
            Failure failure = Failure.Of(e);
            if (failure.IsInternal) LogFailed(e, http.Request.Path);
            await FailAsync(http, failure.Http, failure.Message);
        }
    };

    private static Task FailAsync(HttpContext http, int status, string error)
    {
        http.Response.ContentLength = null;
        if (status == StatusCodes.Status503ServiceUnavailable) http.Response.Headers.RetryAfter = "1"; // seconds
        return Json(http, new { error }, status);
    }

    private static Task Json<T>(HttpContext http, T value, int status = StatusCodes.Status200OK)
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(value, ProtocolJson, "application/json");
    }

    private static readonly JsonSerializerOptions ProtocolJson = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // it is no HTML
    };

    private sealed record IndexRequest(bool Ready);

    private sealed record LoadRequest(Dictionary<string, JsonElement>? Parameters);

    private sealed record RegisterRequest(string? Key, long Offset, long ByteSize);

    [LoggerMessage(LogLevel.Error, "the request {Path} failed")]
    private partial void LogFailed(Exception exception, string path);
}
