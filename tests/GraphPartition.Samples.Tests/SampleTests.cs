using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using GraphPartition.Samples.Tests.Support;
using Xunit;

namespace GraphPartition.Samples.Tests;

/// <summary>The samples do what their pages say.</summary>
public sealed class SampleTests : IDisposable
{
    private static readonly string Mixed = Checkout.PathOf("testmodels", "mixed.onnx");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Plan_and_check_fails_where_there_are_too_many_engines()
    {
        Outcome outcome = Run("01-plan-and-check", 0, Mixed, "4");
        Assert.Contains("4 engines, 4 is the minimum", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("fallback Det: Det is not supported by TensorRT", outcome.Output, StringComparison.Ordinal);
        Run("01-plan-and-check", 1, Mixed, "3");
    }

    [Fact]
    public void Compile_and_run_prints_the_outputs()
    {
        Outcome outcome = Run("02-compile-and-run", 0, Mixed, _folder.File("compiled.onnx"));
        Assert.Contains("scores: 1 x 10", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(0, Program.Gpc("verify", _folder.File("compiled.onnx")).ExitCode);
    }

    [Fact]
    public void The_own_operator_gets_a_type_and_a_place_in_an_engine()
    {
        Outcome outcome = Run("03-own-operator", 0);
        Assert.Contains("without the extension: 1 of 3 nodes supported, output ?", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("with the extension: 3 of 3 nodes supported, output f32[1,8]", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("run in 3 steps: 0.50 0.73 0.88 0.95 0.98 0.99 1.00 0.50", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_own_policy_sends_an_operator_to_the_fallback()
    {
        Outcome outcome = Run("04-own-support-policy", 0, Mixed, "Softmax");
        Assert.Contains("1 x Softmax: this program keeps Softmax out of engines", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_endpoint_answers_and_refuses_what_does_not_fit()
    {
        string compiled = _folder.File("compiled.onnx");
        Assert.Equal(0, Program.Gpc("compile", Mixed, "-o", compiled).ExitCode);
        using Process server = Process.Start(
            Program.StartInfo("dotnet", _folder.Path, LibraryOf("05-aspnet-endpoint"), compiled, "--urls", "http://127.0.0.1:0"))!;
        try
        {
            using var client = new HttpClient { BaseAddress = await AddressOf(server) };
            JsonElement model = await client.GetFromJsonAsync<JsonElement>("v2/models/compiled");
            Assert.Equal("[1,3,32,32]", model.GetProperty("inputs")[0].GetProperty("shape").GetRawText());

            HttpResponseMessage answer = await InferAsync([1, 3, 32, 32], [.. Enumerable.Range(0, 3 * 32 * 32).Select(i => i % 7 * 0.1)]);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            JsonElement scores = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("outputs")[0].GetProperty("data");
            Assert.Equal(10, scores.GetArrayLength());
            Assert.Equal(1.0, scores.EnumerateArray().Sum(x => x.GetDouble()), 3);

            HttpResponseMessage refused = await InferAsync([1, 3], [1.0, 2.0, 3.0]);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains("GP5004", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);

            Task<HttpResponseMessage> InferAsync(int[] shape, double[] data) => client.PostAsJsonAsync("v2/models/compiled/infer",
                new { inputs = new[] { new { name = "image", datatype = "FP32", shape, data } } });
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
        }
    }

    /// <summary>Waits until the server prints its address: the system chose the port.</summary>
    private static async Task<Uri> AddressOf(Process server)
    {
        const string Says = "Now listening on: ";
        while (await server.StandardOutput.ReadLineAsync() is { } line)
            if (line.IndexOf(Says, StringComparison.Ordinal) is >= 0 and var at) return new Uri(line[(at + Says.Length)..].Trim() + "/");
        throw new InvalidOperationException($"the server stopped: {await server.StandardError.ReadToEndAsync()}");
    }

    private Outcome Run(string sample, int exitCode, params string[] arguments)
    {
        Outcome outcome = Program.Run("dotnet", _folder.Path, [LibraryOf(sample), .. arguments]);
        Assert.True(outcome.ExitCode == exitCode, $"{sample}: {outcome}");
        return outcome;
    }

    private static string LibraryOf(string sample) =>
        Checkout.PathOf("samples", sample, "bin", Program.Configuration, "net10.0", $"{sample[3..]}.dll");
}
