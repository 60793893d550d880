using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using GraphPartition.Ir.Types;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Batching;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>
/// What a server costs: the inferences per second of `gpc serve`, beside the same batches in one process. The server and the process get
/// the same cores, and the client gets as many other ones, so that its work is not counted. Needs `taskset` (util-linux).
/// </summary>
/// <param name="cores">The cores of the server, and those of the client.</param>
/// <param name="seconds">How long each is measured.</param>
/// <param name="warmUp">How long each has load before it is measured: .NET compiles hot methods anew in the first seconds.</param>
/// <param name="rounds">Both are measured in turn so often.</param>
/// <param name="memory">Tensors are passed in shared memory, not as bytes of a request.</param>
internal sealed class ServingBenchmark(int cores, double seconds, double warmUp, int rounds, bool memory)
{
    private const string Child = "serving-alone";
    private const int DefaultBatch = 16; // of the server

    public static Command Create()
    {
        var command = new Command("serving", "gpc serve beside the same batches in one process, each on the same cores.");
        var models = new Option<string[]>("--only")
        {
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => ["lenet", "mobilenet_v2"],
        };
        var seconds = new Option<double>("--seconds") { DefaultValueFactory = _ => 5 };
        var warmUp = new Option<double>("--warm-up") { Description = "Seconds of load before each measurement.", DefaultValueFactory = _ => 10 };
        var rounds = new Option<int>("--rounds") { Description = "Both are measured in turn so often; the table has medians.", DefaultValueFactory = _ => 3 };
        var cores = new Option<int>("--cores") { Description = "The server has so many cores, and the client too.", DefaultValueFactory = _ => 1 };
        var memory = new Option<bool>("--shared-memory") { Description = "Tensors are passed in shared memory, not as bytes of a request." };
        foreach (Option option in (Option[])[models, seconds, warmUp, rounds, cores, memory]) command.Add(option);
        command.SetAction(parsed =>
        {
            var benchmark = new ServingBenchmark(parsed.GetValue(cores), parsed.GetValue(seconds), parsed.GetValue(warmUp),
                parsed.GetValue(rounds), parsed.GetValue(memory));
            Console.WriteLine("| model | samples of a request | requests at a time | alone, inferences / s | served | ratio | p99 ms |");
            Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- |");
            foreach (string name in parsed.GetValue(models)!)
            {
                using ZooModel zoo = ZooModel.Make(name, "n");
                string file = zoo.WriteCompiled();
                foreach ((int samples, int concurrency) in (ReadOnlySpan<(int, int)>)[(1, 16), (16, 4), (128, 4)])
                    benchmark.Write(name, file, samples, concurrency);
            }
        });
        return command;
    }

    /// <summary>The process that runs batches without a server; prints inferences per second.</summary>
    public static Command CreateChild()
    {
        var command = new Command(Child, "Used by 'serving'.") { Hidden = true };
        var file = new Argument<string>("FILE");
        var samples = new Argument<int>("SAMPLES");
        var concurrency = new Argument<int>("CONCURRENCY");
        var seconds = new Argument<double>("SECONDS");
        var warmUp = new Argument<double>("WARM_UP");
        var threads = new Argument<int>("THREADS");
        foreach (Argument argument in (Argument[])[file, samples, concurrency, seconds, warmUp, threads]) command.Add(argument);
        command.SetAction(async (parsed, _) =>
        {
            double rate = await AloneAsync(parsed.GetValue(file)!, parsed.GetValue(samples), parsed.GetValue(concurrency),
                parsed.GetValue(seconds), parsed.GetValue(warmUp), parsed.GetValue(threads));
            Console.WriteLine(rate.ToString(CultureInfo.InvariantCulture));
        });
        return command;
    }

    private void Write(string name, string file, int samples, int concurrency)
    {
        List<double> alone = [], served = [], late = [];
        for (int round = 0; round < rounds; round++)
        {
            alone.Add(double.Parse(Run(0, "benchmarks", Child, file, $"{samples}", $"{concurrency}", Text(seconds), Text(warmUp), $"{cores}"),
                CultureInfo.InvariantCulture));
            JsonElement row = Served(file, samples, concurrency);
            served.Add(row.GetProperty("perSecond").GetDouble());
            late.Add(row.GetProperty("milliseconds").GetProperty("p99").GetDouble());
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {samples} | {concurrency} | {Median(alone):F0} | {Median(served):F0} | {Median([.. served.Zip(alone, (s, a) => s / a)]):F3} | {Median(late):F2} |"));
    }

    private JsonElement Served(string file, int samples, int concurrency)
    {
        var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        int port = ((IPEndPoint)socket.LocalEndpoint).Port;
        socket.Stop();
        using Process server = Start(0, "gpc", ["serve", file, "--http", $"{port}", "--grpc", "off", "--metrics", "off", "--threads", $"{cores}",
            "--max-batch", $"{Math.Max(DefaultBatch, samples)}", .. Memory]);
        try
        {
            using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}") };
            while (!IsReady(http)) Thread.Sleep(50);
            Bench(warmUp);
            JsonElement row = JsonDocument.Parse(Bench(seconds)).RootElement[0];
            return row.GetProperty("failed").GetInt32() == 0 ? row : throw new InvalidOperationException(row.ToString());
        }
        finally
        {
            server.Kill();
            server.WaitForExit();
        }

        string Bench(double time) => Run(cores, "gpc", ["bench", Path.GetFileNameWithoutExtension(file), "--server", $"http://127.0.0.1:{port}",
            "--batch", $"{samples}", "--concurrency", $"{concurrency}", "--seconds", Text(time), "--json", .. Memory]);
    }

    private string[] Memory => memory ? ["--shared-memory"] : [];

    private static bool IsReady(HttpClient http)
    {
        try
        {
            using HttpResponseMessage answer = http.Send(new(HttpMethod.Get, "v2/health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<double> AloneAsync(string file, int samples, int concurrency, double seconds, double warmUp, int threads)
    {
        using ModelSession session = ModelSession.Load(file, new ModelSessionOptions { Threads = threads });
        var options = new BatchingOptions { MaxBatch = Math.Max(DefaultBatch, samples), MaxWait = TimeSpan.Zero };
        await using var batching = new BatchingSession(session, options);
        long[] dims = [samples, .. ((TensorType)session.Inputs[0].Type).Shape!.Skip(1).Select(d => d.Size)];
        float[] input = [.. Enumerable.Range(0, (int)dims.Aggregate(1L, (a, d) => a * d)).Select(i => i % 251 / 251f)];
        string name = session.Inputs[0].Name;
        await PerSecondAsync(warmUp);
        return await PerSecondAsync(seconds);

        async Task<double> PerSecondAsync(double time)
        {
            long done = 0, start = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(async () =>
            {
                while (Stopwatch.GetElapsedTime(start).TotalSeconds < time)
                {
                    using OrtValue x = OrtValue.CreateAllocatedTensorValue(
                        OrtAllocator.DefaultInstance, Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float, dims);
                    input.CopyTo(x.GetTensorMutableDataAsSpan<float>());
                    Dictionary<string, OrtValue> feeds = new() { [name] = x };
                    using RunResult result = await batching.RunAsync(feeds);
                    Interlocked.Add(ref done, samples);
                }
            })));
            return done / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    private Process Start(int firstCore, string program, params string[] arguments) => Process.Start(new ProcessStartInfo("taskset",
        ["-c", $"{firstCore}-{firstCore + cores - 1}", Path.Combine(AppContext.BaseDirectory, program), .. arguments])
    { RedirectStandardOutput = true })!;

    private string Run(int firstCore, string program, params string[] arguments)
    {
        using Process process = Start(firstCore, program, arguments);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}");
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static string Text(double seconds) => seconds.ToString(CultureInfo.InvariantCulture);
}
