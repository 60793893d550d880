using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;
using MathNet.Numerics.Statistics;

namespace GraphPartition.Gpc.Services;

/// <summary>How a server answered one load.</summary>
/// <param name="Load">The concurrency, or the requests per second.</param>
/// <param name="Requests">Requests that got a result.</param>
/// <param name="Failed">Requests that did not.</param>
/// <param name="Late">In an open loop, requests that could not be sent because too many were open.</param>
/// <param name="PerSecond">Inferences in a second: requests times their samples.</param>
/// <param name="Milliseconds">The latencies: mean, 50th, 90th, 95th and 99th percentile.</param>
/// <param name="Failure">One of the failures; null: there was none.</param>
internal sealed record LoadRow(
    double Load, int Requests, int Failed, int Late, double PerSecond, LoadLatency Milliseconds, string? Failure);

/// <summary>Latencies in milliseconds.</summary>
internal sealed record LoadLatency(double Mean, double P50, double P90, double P95, double P99);

/// <summary>
/// Puts load on a server of the Open Inference Protocol, whoever wrote it. In a closed loop each client waits for its answer; in an open
/// one requests are sent at fixed times, and the latency counts from the time at which a request should have been sent, so a slow server
/// does not hide its slowness.
/// </summary>
internal sealed class ServerLoad : IDisposable
{
    private const int MostOpen = 4096;
    private const int WarmUps = 10;
    private const string LengthHeader = "Inference-Header-Content-Length"; // of the JSON, if bytes follow

    private readonly HttpClient _http;
    private readonly LoadRequest _request;
    private readonly byte[] _body;
    private readonly int _jsonLength;
    private readonly SharedTensors? _shared;

    /// <exception cref="EnvironmentException">GP3027: the server does not answer, or does not have the model.</exception>
    public ServerLoad(LoadRequest request)
    {
        _request = request;
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = MostOpen }) { BaseAddress = request.Server };
        if (request.ApiKey is { } key) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        IReadOnlyList<ServedTensor> inputs = ServedTensors.Inputs(Metadata(), request);
        (_body, _jsonLength) = ServedTensors.Request(inputs);
        if (!request.SharedMemory) return;
        _shared = new(_http, inputs, Answer());
        (_body, _jsonLength) = (_shared.Request, _shared.Request.Length);
    }

    /// <summary>Measures each load in turn.</summary>
    public async Task<IReadOnlyList<LoadRow>> RunAsync(CancellationToken cancellation)
    {
        for (int i = 0; i < WarmUps; i++)
            if (await SendAsync(cancellation) is { } failure)
                throw new EnvironmentException(GpcCodes.ServerFailed, $"{_request.Server}", failure);
        List<LoadRow> rows = [];
        foreach (double load in _request.Rates.Count > 0 ? _request.Rates : _request.Concurrency.Select(c => (double)c))
            rows.Add(await MeasureAsync(load, cancellation));
        return rows;
    }

    public void Dispose()
    {
        _shared?.Dispose();
        _http.Dispose();
    }

    private async Task<LoadRow> MeasureAsync(double load, CancellationToken cancellation)
    {
        var times = new ConcurrentBag<double>();
        var failures = new ConcurrentBag<string>();
        int late = 0;
        long start = Stopwatch.GetTimestamp();
        if (_request.Rates.Count == 0)
            await Task.WhenAll(Enumerable.Range(0, (int)load).Select(_ => Task.Run(async () =>
            {
                while (Elapsed() < _request.Seconds) await OneAsync(Elapsed());
            }, cancellation)));
        else
        {
            HashSet<Task> open = [];
            for (long n = 0; n / load < _request.Seconds; n++)
            {
                double due = n / load, wait = due - Elapsed();
                if (wait > 0.001) await Task.Delay(TimeSpan.FromSeconds(wait), cancellation);
                open.RemoveWhere(t => t.IsCompleted);
                if (open.Count >= MostOpen) late++;
                else open.Add(OneAsync(due));
            }
            await Task.WhenAll(open);
        }
        double seconds = Elapsed();
        return new(load, times.Count, failures.Count, late, times.Count * _request.Batch / seconds, Latencies([.. times]),
            failures.FirstOrDefault());

        double Elapsed() => Stopwatch.GetElapsedTime(start).TotalSeconds;

        async Task OneAsync(double due)
        {
            if (await SendAsync(cancellation) is { } failure) failures.Add(failure);
            else times.Add((Elapsed() - due) * 1000);
        }
    }

    private static LoadLatency Latencies(double[] ms) => ms.Length == 0 ? new(0, 0, 0, 0, 0)
        : new(ms.Mean(), ms.Quantile(0.5), ms.Quantile(0.9), ms.Quantile(0.95), ms.Quantile(0.99));

    /// <summary>Sends a request and reads the whole answer.</summary>
    /// <returns>Null if it got a result, else the failure.</returns>
    private async Task<string?> SendAsync(CancellationToken cancellation)
    {
        using HttpRequestMessage request = Infer();
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, cancellation);
            byte[] answer = await response.Content.ReadAsByteArrayAsync(cancellation);
            return response.IsSuccessStatusCode ? null : $"{(int)response.StatusCode}: {System.Text.Encoding.UTF8.GetString(answer)}";
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
    }

    private string Path => $"v2/models/{Uri.EscapeDataString(_request.Model)}";

    private HttpRequestMessage Infer()
    {
        var content = new ByteArrayContent(_body);
        content.Headers.ContentType = new("application/octet-stream");
        content.Headers.Add(LengthHeader, _jsonLength.ToString(CultureInfo.InvariantCulture));
        return new(HttpMethod.Post, $"{Path}/infer") { Content = content };
    }

    private JsonElement Metadata() => Json(new(HttpMethod.Get, Path));

    /// <summary>The JSON of an answer.</summary>
    private JsonElement Answer() => Json(Infer());

    private JsonElement Json(HttpRequestMessage sent)
    {
        try
        {
            using HttpRequestMessage request = sent;
            using HttpResponseMessage response = _http.Send(request);
            byte[] body = response.Content.ReadAsByteArrayAsync().GetAwaiter().GetResult();
            int length = response.Headers.TryGetValues(LengthHeader, out IEnumerable<string>? header)
                ? int.Parse(header.First(), CultureInfo.InvariantCulture) : body.Length;
            return response.IsSuccessStatusCode ? JsonDocument.Parse(body.AsMemory(0, length)).RootElement
                : throw new EnvironmentException(
                    GpcCodes.ServerFailed, $"{_request.Server}", $"{(int)response.StatusCode}: {System.Text.Encoding.UTF8.GetString(body)}");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException)
        {
            throw new EnvironmentException(GpcCodes.ServerFailed, $"{_request.Server}", e.Message, e);
        }
    }
}
