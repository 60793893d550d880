using System.Net.Sockets;
using System.Text;
using Grpc.Core;

namespace GraphPartition.Serving.Tests.Unit;

/// <summary>Tests that look at the memory of the whole process: nothing else runs beside them.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>
/// Clients that behave badly beside clients that do not: right answers for these, and no memory lost. With GRAPHPARTITION_FULL_GRID=1 it is
/// 5,000 connections.
/// </summary>
[Collection("alone")]
public sealed class LoadTests : IDisposable
{
    private const string Start = "POST /v2/models/scale/infer HTTP/1.1\r\nHost: a\r\n";

    private static readonly int Rude = (int)Grid.Size(300, 5000);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Rude_clients_cost_the_others_no_answer_and_the_server_no_memory()
    {
        await using TestServer server = await TestServer.ServeAsync(ServedModels.Scale(_folder.File("scale.onnx"), 2));
        await RoundAsync(server, Rude / 3); // buffers and pools grow to their size
        long before = Memory();
        await RoundAsync(server, Rude);
        long grown = Memory() - before;
        Assert.True(grown < 8 << 20, $"{grown} bytes stay after {Rude} rude clients");
        Assert.Equal(0, server.Waiting("scale"));
    }

    private static async Task RoundAsync(TestServer server, int rude)
    {
        using var stop = new CancellationTokenSource();
        int answered = 0;
        Task[] polite = [.. Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
        {
            for (float x = 1; !stop.IsCancellationRequested; x++)
            {
                var request = Wires.Request(Wires.Input("x", "FP32", [1, 2], [x, i]));
                float[] y = (await server.Http.InferJsonAsync("scale", request).JsonAsync()).Floats();
                Assert.Equal(2 * x, y[0]);
                Assert.Equal(2 * i, y[1]);
                Interlocked.Increment(ref answered);
            }
        }))];
        var eight = new ParallelOptions { MaxDegreeOfParallelism = 8 };
        await Parallel.ForEachAsync(Enumerable.Range(0, rude), eight, async (i, _) => await ((i % 4) switch
        {
            0 => DropAsync(server, ""),
            1 => DropAsync(server, Start + "Content-Length: 1000000\r\n\r\n{\"inputs\":[{\"na"),
            2 => DropAsync(server, Start + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"inp"),
            _ => CancelStreamAsync(server),
        }));
        await stop.CancelAsync();
        await Task.WhenAll(polite);
        Assert.True(answered > 0);
    }

    private static async Task DropAsync(TestServer server, string half)
    {
        using var client = new TcpClient();
        client.LingerState = new LingerOption(true, 0); // a reset, not an end
        await client.ConnectAsync(server.Address.Host, server.Address.Port);
        if (half.Length > 0) await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(half));
    }

    private static async Task CancelStreamAsync(TestServer server)
    {
        using var stop = new CancellationTokenSource();
        using var call = server.Rpc.ModelStreamInfer(cancellationToken: stop.Token);
        try
        {
            for (int i = 0; i < 3; i++)
                await call.RequestStream.WriteAsync(Wires.Message("scale", 1, 2));
            await stop.CancelAsync();
        }
        catch (RpcException)
        {
            // The stream is gone: that is what this client does.
        }
    }

    private static long Memory()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
