using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GraphPartition.Serving.Tests.Support;

/// <summary>A server on loopback, with clients of both forms of the protocol.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;

    private TestServer(WebApplication app)
    {
        _app = app;
        string[] addresses = [.. app.Urls];
        Address = new Uri(addresses[0]);
        RpcAddress = new Uri(addresses[1]);
        Http = new HttpClient { BaseAddress = Address };
        _channel = GrpcChannel.ForAddress(addresses[1], new() { MaxReceiveMessageSize = null, MaxSendMessageSize = null });
        Rpc = new(_channel);
    }

    public Uri Address { get; }

    public Uri RpcAddress { get; }

    public HttpClient Http { get; }

    public GRPCInferenceService.GRPCInferenceServiceClient Rpc { get; }

    /// <summary>Requests of a model that wait.</summary>
    public int Waiting(string model) => _app.Services.GetRequiredService<Models.ModelRepository>().Find(model, "").Waiting;

    public static async Task<TestServer> StartAsync(Action<ServingOptions> configure)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ListenLocalhostAny(HttpProtocols.Http1);
            kestrel.ListenLocalhostAny(HttpProtocols.Http2);
        });
        builder.Services.AddInferenceProtocol(configure);
        WebApplication app = builder.Build();
        app.MapInferenceProtocol();
        await app.StartAsync();
        return new(app);
    }

    /// <summary>Serves files and folders.</summary>
    public static Task<TestServer> ServeAsync(params string[] models) => StartAsync(serving =>
    {
        foreach (string model in models) serving.Models.Add(model);
        serving.Session = serving.Session with { Threads = 1 };
    });

    /// <summary>Stops the server as SIGTERM does; requests that run are answered.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _channel.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

file static class Listening
{
    public static void ListenLocalhostAny(this KestrelServerOptions kestrel, HttpProtocols protocols) =>
        kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = protocols);
}
