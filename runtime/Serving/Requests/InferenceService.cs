using System.Diagnostics;
using GraphPartition.Runtime.Ort;
using GraphPartition.Serving.Models;

namespace GraphPartition.Serving.Requests;

/// <summary>Computes requests of both forms of the protocol.</summary>
internal sealed class InferenceService(ModelRepository models)
{
    /// <summary>The name of the source of activities, for <c>AddSource</c> of OpenTelemetry.</summary>
    public const string ActivitySourceName = "GraphPartition.Serving";

    private static readonly ActivitySource Activities = new(ActivitySourceName);

    /// <summary>Computes a request.</summary>
    /// <returns>The outputs; the caller disposes them, and the request.</returns>
    public async Task<InferResponse> RunAsync(InferRequest request, CancellationToken cancellation)
    {
        using Activity? activity = Activities.StartActivity("infer");
        activity?.SetTag("model", request.Model).SetTag("request.id", request.Id);
        ModelVersion version = models.Lease(request.Model, request.Version);
        activity?.SetTag("model.version", version.Number);
        RunResult? result = null;
        try
        {
            foreach (RequestedOutput output in request.Outputs)
                if (!version.Outputs.Any(o => o.Name == output.Name))
                    throw ServingCodes.BadRequest.Error(output.Name,
                        $"the model has no such output{NearNames.Hint(output.Name, version.Outputs.Select(o => o.Name))}");
            result = await version.RunAsync(request.Inputs, request.Priority, request.TimeoutMicroseconds, cancellation)
                .ConfigureAwait(false);
            return new InferResponse(request, version, result);
        }
        catch (Exception e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            result?.Dispose();
            version.Release();
            throw;
        }
    }
}
