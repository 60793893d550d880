using GraphPartition.Serving.Memory;
using GraphPartition.Serving.Metrics;
using GraphPartition.Serving.Models;
using GraphPartition.Serving.Requests;
using GraphPartition.Serving.Rest;
using GraphPartition.Serving.Rpc;
using GraphPartition.Serving.Security;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GraphPartition.Serving;

/// <summary>
/// Serves models over the Open Inference Protocol (KServe v2) in an ASP.NET Core application, over REST and gRPC
/// (github.com/kserve/open-inference-protocol).
/// </summary>
/// <example>
/// <code>
/// var builder = WebApplication.CreateBuilder(args);
/// builder.Services.AddInferenceProtocol(serving => serving.Models.Add("compiled.onnx"));
/// WebApplication app = builder.Build();
/// app.MapInferenceProtocol(); app.Run();
/// </code>
/// </example>
public static class InferenceProtocol
{
    /// <summary>The sources of activities, for <c>AddSource</c> of OpenTelemetry: requests, and batches with their steps.</summary>
    public static ImmutableArray<string> ActivitySources { get; } =
        [InferenceService.ActivitySourceName, Runtime.Diagnostics.RuntimeActivities.SourceName];

    /// <summary>Adds the services. The models are loaded before the application listens, and drained when it stops.</summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="configure">Sets what is served, and how.</param>
    /// <exception cref="ModelException">GP5046: an option is wrong.</exception>
    public static IServiceCollection AddInferenceProtocol(this IServiceCollection services, Action<ServingOptions> configure)
    {
        var options = new ServingOptions();
        configure(options);
        options.Defaults.Checked("defaults");
        foreach (string path in options.Models)
            if (!Path.Exists(path)) throw ServingCodes.BadOption.Error(path, "there is no such file or folder");
        services.AddSingleton(options);
        services.AddSingleton<ModelLoader>().AddSingleton<ModelRepository>().AddSingleton<SharedMemory>().AddSingleton<InferenceService>();
        services.AddSingleton<RestEndpoints>().AddSingleton<ServerMetrics>().AddSingleton<FailureInterceptor>();
        services.AddHostedService<ModelHost>();
        services.AddRequestDecompression();
        services.AddResponseCompression();
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = (int)Math.Min(options.MaxRequestBytes, int.MaxValue);
            grpc.MaxSendMessageSize = null;
            grpc.Interceptors.Add<FailureInterceptor>();
        });
        services.AddGrpcHealthChecks(health => health.UseHealthChecksCache = false)
            .AddCheck<ReadyCheck>("models", HealthStatus.Unhealthy);
        services.AddAuthentication(ApiKeyHandler.Name).AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.Name, null);
        services.AddAuthorizationBuilder().AddPolicy(
            ApiKeyHandler.Name, policy => policy.AddAuthenticationSchemes(ApiKeyHandler.Name).RequireAuthenticatedUser());
        return services;
    }

    /// <summary>
    /// Maps the protocol: the paths below <c>/v2</c>, the gRPC services <c>inference.GRPCInferenceService</c> and
    /// <c>grpc.health.v1.Health</c>, and <c>/metrics</c>. If there are API keys, all of them need one, except health. gRPC needs HTTP/2, so
    /// plain text needs a port with <c>HttpProtocols.Http2</c>.
    /// </summary>
    /// <returns>A builder for conventions of all endpoints that are not for health.</returns>
    public static IEndpointConventionBuilder MapInferenceProtocol(this IEndpointRouteBuilder endpoints)
    {
        IServiceProvider services = endpoints.ServiceProvider;
        (IReadOnlyList<IEndpointConventionBuilder> rest, IReadOnlyList<IEndpointConventionBuilder> open) =
            services.GetRequiredService<RestEndpoints>().Map(endpoints);
        foreach (IEndpointConventionBuilder endpoint in open.Append(endpoints.MapGrpcHealthChecksService())) endpoint.AllowAnonymous();
        var guarded = new EndpointConventions([
            .. rest, endpoints.MapGrpcService<InferenceRpc>(), endpoints.MapGet("/metrics", services.GetRequiredService<ServerMetrics>().WriteAsync),
        ]);
        if (services.GetRequiredService<ServingOptions>().ApiKeys.Count > 0) guarded.RequireAuthorization(ApiKeyHandler.Name);
        return guarded;
    }

    /// <summary>Conventions for several endpoints.</summary>
    private sealed class EndpointConventions(IReadOnlyList<IEndpointConventionBuilder> endpoints) : IEndpointConventionBuilder
    {
        public void Add(Action<EndpointBuilder> convention)
        {
            foreach (IEndpointConventionBuilder endpoint in endpoints) endpoint.Add(convention);
        }

        public void Finally(Action<EndpointBuilder> finallyConvention)
        {
            foreach (IEndpointConventionBuilder endpoint in endpoints) endpoint.Finally(finallyConvention);
        }
    }

    private sealed class ReadyCheck(ModelRepository models) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(models.IsReady ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
    }
}
