using System.Text;
using System.Text.Json;

namespace GraphPartition.Serving.Deploy;

/// <summary>
/// Manifests for KServe (kserve/kserve, serving.kserve.io): an InferenceService, for <c>gpc serve</c> also a ServingRuntime with probes,
/// and for scaling by the length of the queue a ScaledObject of KEDA (keda.sh/v1alpha1).
/// </summary>
public static class KServeManifest
{
    private const int Http = 8080, Grpc = 9000, Metrics = 8002; // the ports that KServe expects

    /// <summary>The YAML documents.</summary>
    /// <exception cref="ModelException">GP5046: a name or a number is wrong.</exception>
    public static string Print(KServeOptions options)
    {
        if (options.Name.Length is 0 or > 63 || !options.Name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            || options.Name.StartsWith('-') || options.Name.EndsWith('-'))
            throw ServingCodes.BadOption.Error($"name '{options.Name}'", "Kubernetes takes lower-case letters, digits and '-' inside, at most 63");
        if (options.MinReplicas < 0 || options.MaxReplicas < Math.Max(1, options.MinReplicas))
            throw ServingCodes.BadOption.Error("replicas", $"{options.MinReplicas} to {options.MaxReplicas} is no range");
        var yaml = new StringBuilder();
        string runtime = options.Image is null ? "kserve-tritonserver" : $"{options.Name}-runtime", format = options.Image is null ? "triton" : "graphpartition";
        if (options.Image is { } image) yaml.Append($"""
            apiVersion: serving.kserve.io/v1alpha1
            kind: ServingRuntime
            metadata:
              name: {runtime}
            spec:
              annotations:
                prometheus.kserve.io/port: "{Metrics}"
                prometheus.kserve.io/path: "/metrics"
              supportedModelFormats:
                - name: graphpartition
                  version: "1"
                  autoSelect: true
              protocolVersions: [v2, grpc-v2]
              containers:
                - name: kserve-container
                  image: {Text(image)}
                  args:
                    - serve
                    - /mnt/models
                    - --http=*:{Http}
                    - --grpc=*:{Grpc}
                    - --metrics=*:{Metrics}
                    - --allow-anonymous
                    - --allow-plaintext
                    - --log-format=json
                    - --drain-delay=5
                  ports:
                    - containerPort: {Http}
                      protocol: TCP
                  livenessProbe:
                    httpGet:
                      path: /v2/health/live
                      port: {Http}
                    initialDelaySeconds: 30
                  readinessProbe:
                    httpGet:
                      path: /v2/health/ready
                      port: {Http}
                  securityContext:
                    runAsNonRoot: true
                    readOnlyRootFilesystem: true
                    allowPrivilegeEscalation: false
            ---

            """);
        yaml.Append($"""
            apiVersion: serving.kserve.io/v1beta1
            kind: InferenceService
            metadata:
              name: {options.Name}
            spec:
              predictor:
                minReplicas: {options.MinReplicas}
                maxReplicas: {options.MaxReplicas}
                model:
                  modelFormat:
                    name: {format}
                  protocolVersion: v2
                  runtime: {runtime}
                  storageUri: {Text(options.Storage)}

            """);
        if (options.Gpus > 0) yaml.Append($"""
                  resources:
                    limits:
                      nvidia.com/gpu: "{options.Gpus}"

            """);
        if (options.Prometheus is { } prometheus) yaml.Append($"""
            ---
            apiVersion: keda.sh/v1alpha1
            kind: ScaledObject
            metadata:
              name: {options.Name}
            spec:
              scaleTargetRef:
                name: {options.Name}-predictor
              minReplicaCount: {options.MinReplicas}
              maxReplicaCount: {options.MaxReplicas}
              triggers:
                - type: prometheus
                  metadata:
                    serverAddress: {Text(prometheus)}
                    query: {Text($"sum(nv_inference_pending_request_count{{pod=~\"{options.Name}-predictor-.*\"}})")}
                    threshold: "{options.PendingPerReplica}"

            """);
        return yaml.ToString();
    }

    /// <summary>A text in double quotes: JSON is YAML.</summary>
    private static string Text(string text) => JsonSerializer.Serialize(text, Json);

    private static readonly JsonSerializerOptions Json =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
