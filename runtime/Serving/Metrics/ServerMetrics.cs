using System.Globalization;
using GraphPartition.Serving.Models;
using Microsoft.AspNetCore.Http;
using Prometheus;

namespace GraphPartition.Serving.Metrics;

/// <summary>
/// Metrics for Prometheus. What means the same as in Triton has its name (<c>nv_...</c>, docs of triton-inference-server/server,
/// metrics.md), so that its dashboards and autoscalers work; the rest starts with <c>gp_</c>. Nothing is counted twice: a scrape reads
/// the statistics.
/// </summary>
internal sealed class ServerMetrics
{
    private static readonly string[] Labels = ["model", "version"];
    private readonly CollectorRegistry _registry = Prometheus.Metrics.NewCustomRegistry();

    public ServerMetrics(ModelRepository models)
    {
        MetricFactory make = Prometheus.Metrics.WithCustomRegistry(_registry);
        Counter Count(string name, string help) => make.CreateCounter(name, help, Labels);
        Gauge Level(string name, string help) => make.CreateGauge(name, help, Labels);
        Counter success = Count("nv_inference_request_success", "Requests that got a result");
        Counter failure = make.CreateCounter("nv_inference_request_failure", "Requests that failed", [.. Labels, "reason"]);
        Counter inferences = Count("nv_inference_count", "Samples that were computed");
        Counter executions = Count("nv_inference_exec_count", "Runs of the model");
        Counter total = Count("nv_inference_request_duration_us", "Time of requests in microseconds");
        Counter queue = Count("nv_inference_queue_duration_us", "Time in the queue in microseconds");
        Counter input = Count("nv_inference_compute_input_duration_us", "Time of joining inputs in microseconds");
        Counter infer = Count("nv_inference_compute_infer_duration_us", "Time of runs in microseconds");
        Counter output = Count("nv_inference_compute_output_duration_us", "Time of splitting results in microseconds");
        Gauge pending = Level("nv_inference_pending_request_count", "Requests that wait");
        Gauge load = Level("nv_model_load_duration_secs", "Time of loading in seconds");
        Gauge engines = Level("gp_model_engines", "Engines of one run");
        Gauge boundaries = Level("gp_model_boundaries", "Tensors that cross from one step to another in one run");
        Counter batches = make.CreateCounter("gp_batches", "Runs of the model by the number of samples", [.. Labels, "size"]);
        Gauge known = make.CreateGauge("gp_model_ready", "1: the model has a version that is ready", ["model"]);
        _registry.AddBeforeCollectCallback(() =>
        {
            foreach (ServedModel model in models.Models) known.WithLabels(model.Name).Set(model.Versions.IsEmpty ? 0 : 1);
            foreach (ModelVersion version in models.Ready)
            {
                string[] of = [version.Name, version.Number.ToString(CultureInfo.InvariantCulture)];
                pending.WithLabels(of).Set(version.Waiting);
                load.WithLabels(of).Set(version.LoadTime.TotalSeconds);
                engines.WithLabels(of).Set(version.Engines);
                boundaries.WithLabels(of).Set(version.Boundaries);
                version.Statistics.Read(s =>
                {
                    success.WithLabels(of).IncTo(s.Success.Count);
                    inferences.WithLabels(of).IncTo(s.Of.Inferences);
                    executions.WithLabels(of).IncTo(s.Of.Executions);
                    total.WithLabels(of).IncTo((s.Success.Total + s.Fail.Total).TotalMicroseconds);
                    queue.WithLabels(of).IncTo(s.Queue.Total.TotalMicroseconds);
                    input.WithLabels(of).IncTo(s.Input.Total.TotalMicroseconds);
                    infer.WithLabels(of).IncTo(s.Infer.Total.TotalMicroseconds);
                    output.WithLabels(of).IncTo(s.Output.Total.TotalMicroseconds);
                    foreach ((string reason, long count) in s.Failures) failure.WithLabels([.. of, reason]).IncTo(count);
                    foreach ((long size, BatchStatistics batch) in s.Batches)
                        batches.WithLabels([.. of, size.ToString(CultureInfo.InvariantCulture)]).IncTo(batch.Infer.Count);
                    return true;
                });
            }
        });
    }

    /// <summary>Answers GET /metrics.</summary>
    public async Task WriteAsync(HttpContext http)
    {
        http.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await _registry.CollectAndExportAsTextAsync(http.Response.Body, http.RequestAborted);
    }
}
