using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace GraphPartition.Serving.Tests.Conformance;

/// <summary><c>gpc serve</c> as a process.</summary>
public sealed class ServeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [LinuxFact]
    public async Task At_SIGTERM_all_accepted_requests_are_answered_and_the_exit_code_is_0()
    {
        await using ServeProcess server = await ServeProcess.StartAsync(Checkout.PathOf("testmodels", "mixed.onnx"), "--threads", "1");
        using var http = new HttpClient { BaseAddress = server.Addresses["REST"] };
        byte[] image = new byte[3 * 32 * 32 * 4];
        long sent = 0, answered = 0, told = long.MaxValue;
        Task[] clients = [.. Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                long start = Stopwatch.GetTimestamp();
                try
                {
                    HttpResponseMessage response = await http.InferRawAsync("mixed", image, "0");
                    Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                    await response.Content.ReadAsByteArrayAsync();
                    Interlocked.Increment(ref answered);
                }
                catch (HttpRequestException)
                {
                    // Only a request that was sent after the signal, or at the same moment, may find closed doors.
                    Assert.True(start > Volatile.Read(ref told), "a request that was sent before the signal got no answer");
                    return;
                }
                Interlocked.Increment(ref sent);
            }
        }))];
        for (int i = 0; i < 6000 && Interlocked.Read(ref answered) < 100; i++) await Task.Delay(10); // all clients are busy by then
        Volatile.Write(ref told, Stopwatch.GetTimestamp() - Stopwatch.Frequency / 20);
        server.Terminate();
        await Task.WhenAll(clients);
        (int exitCode, string errors) = await server.EndAsync();
        Assert.True(exitCode == 0, errors);
        Assert.True(answered >= 100, $"{answered} answers");
        Assert.Equal(sent, answered);
    }

    [LinuxFact]
    public async Task Metrics_and_health_are_where_a_cluster_looks_for_them()
    {
        await using ServeProcess server = await ServeProcess.StartAsync(ServedModels.Scale(_folder.File("scale.onnx"), 2), "--log-format", "json");
        using var http = new HttpClient();
        await http.GetStringAsync(new Uri(server.Addresses["REST"], "v2/health/ready"));
        Assert.Contains("nv_inference_request_success", await http.GetStringAsync(new Uri(server.Addresses["metrics"], "metrics")), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(server.Addresses["REST"], "metrics"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(server.Addresses["metrics"], "v2"))).StatusCode);
        using GrpcChannel channel = GrpcChannel.ForAddress(server.Addresses["gRPC"]);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await new Health.HealthClient(channel).CheckAsync(new())).Status);
        server.Terminate();
        (_, string log) = await server.EndAsync();
        Assert.All(log.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => System.Text.Json.JsonDocument.Parse(line));
        Assert.Contains("\"Model\":\"scale\"", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_keys_and_a_certificate_only_those_who_have_a_key_are_served()
    {
        string certificate = WriteCertificate(out X509Certificate2 expected);
        File.WriteAllText(_folder.File("keys"), "# the keys\nfirst\nsecond\n");
        await using ServeProcess server = await ServeProcess.StartAsync(ServedModels.Scale(_folder.File("scale.onnx"), 2),
            "--tls-certificate", certificate, "--api-keys", _folder.File("keys"));
        Assert.Equal("https", server.Addresses["REST"].Scheme);
        var handler = new HttpClientHandler
        { ServerCertificateCustomValidationCallback = (_, given, _, _) => given!.Thumbprint == expected.Thumbprint };
        using var http = new HttpClient(handler) { BaseAddress = server.Addresses["REST"] };
        await http.GetStringAsync("v2/health/live"); // probes have no key
        foreach (string path in new[] { "v2", "v2/models/scale", "v2/models/stats" })
            Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(path)).StatusCode);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "third");
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("v2")).StatusCode);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "second");
        await http.GetStringAsync("v2");

        using GrpcChannel channel = GrpcChannel.ForAddress(server.Addresses["gRPC"], new() { HttpHandler = handler, DisposeHttpClient = false });
        var rpc = new GRPCInferenceService.GRPCInferenceServiceClient(channel);
        Assert.Equal(StatusCode.Unauthenticated,
            (await Assert.ThrowsAsync<RpcException>(async () => await rpc.ServerMetadataAsync(new()))).StatusCode);
        Assert.Equal("graphpartition", (await rpc.ServerMetadataAsync(new(), new Metadata { { "Authorization", "Bearer first" } })).Name);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await new Health.HealthClient(channel).CheckAsync(new())).Status);
    }

    [Theory]
    [InlineData("GP5048", "--http", "0.0.0.0:0")]
    [InlineData("GP5048", "--http", "*:0", "--allow-anonymous")]
    [InlineData("GP5048", "--grpc", "*:0", "--allow-plaintext")]
    [InlineData("GP3012", "--http", "nowhere")]
    [InlineData("GP3012", "--metrics", "1.2.3.4")]
    [InlineData("GP5046", "--max-batch", "4", "--preferred-batch", "8")]
    [InlineData("GP1001", "--api-keys", "missing.txt")]
    [InlineData("--otlp", "--otlp", "here")]
    public async Task A_wrong_option_is_refused_with_its_name(string expected, params string[] options)
    {
        (int exitCode, string errors) = await ServeProcess.FailAsync([ServedModels.Scale(_folder.File("scale.onnx"), 2), .. options]);
        Assert.Equal(2, exitCode);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_another_program_has_is_named()
    {
        using var other = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        other.Start();
        (int exitCode, string errors) = await ServeProcess.FailAsync(
            ServedModels.Scale(_folder.File("scale.onnx"), 2), "--http", $"{other.LocalEndpoint}", "--grpc", "off", "--metrics", "off");
        Assert.Equal(3, exitCode);
        Assert.Contains("GP3026", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_any_model_does_not_start()
    {
        File.WriteAllText(_folder.File("broken.onnx"), "broken");
        (int exitCode, string errors) = await ServeProcess.FailAsync(_folder.File("broken.onnx"), "--http", "0", "--grpc", "off", "--metrics", "off");
        Assert.Equal(2, exitCode);
        Assert.Contains("GP5047", errors, StringComparison.Ordinal);
        Assert.Contains("broken", errors, StringComparison.Ordinal);
    }

    private string WriteCertificate(out X509Certificate2 certificate)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(_folder.File("tls.pem"), certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        return _folder.File("tls.pem");
    }
}
