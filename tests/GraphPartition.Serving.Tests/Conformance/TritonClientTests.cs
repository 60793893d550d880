using System.Diagnostics;

namespace GraphPartition.Serving.Tests.Conformance;

/// <summary>
/// A client that nobody here wrote: the Python client of Triton, from its sources. GRAPHPARTITION_TRITON_CLIENT names their folder
/// (src/python/library of triton-inference-server/client, with generated modules); Python needs grpcio, geventhttpclient, rapidjson and
/// numpy.
/// </summary>
public sealed class TritonClientTests
{
    [TritonClientFact]
    public async Task The_Python_client_of_Triton_gets_what_it_expects()
    {
        using var folder = new TemporaryFolder();
        string[] models = [ServedModels.Scale(folder.File("scale.onnx"), 2), .. ServedModels.OfAllTypes(folder.Path)];
        await using ServeProcess server = await ServeProcess.StartAsync([.. models, "--model-control", "--shared-memory", "--poll", "60"]);
        using Process client = Process.Start(new ProcessStartInfo("/usr/bin/python3",
        [
            Checkout.PathOf("tests", "GraphPartition.Serving.Tests", "Conformance", "triton_client.py"), TritonClientFactAttribute.Library!,
            server.Addresses["REST"].Authority, server.Addresses["gRPC"].Authority,
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = client.StandardError.ReadToEndAsync();
        string output = await client.StandardOutput.ReadToEndAsync();
        Assert.True(output.Contains("ALL OK", StringComparison.Ordinal), output + await errors);
    }
}

/// <summary>A test with the Python client of Triton; skipped where its sources are not named.</summary>
internal sealed class TritonClientFactAttribute : FactAttribute
{
    public TritonClientFactAttribute() => Skip = Library is null ? "set GRAPHPARTITION_TRITON_CLIENT to the folder with the sources of the client" : null;

    public static string? Library { get; } = Environment.GetEnvironmentVariable("GRAPHPARTITION_TRITON_CLIENT");
}
