using System.Text.Json;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Serving.Deploy;
using GraphPartition.TestModels;
using YamlDotNet.RepresentationModel;

namespace GraphPartition.Serving.Tests.Unit;

/// <summary>Manifests, Docker folders and packages: read back by a parser that is not ours.</summary>
public sealed class DeployTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_service_on_the_own_image_has_a_runtime_probes_and_scaling()
    {
        YamlMappingNode[] documents = Parse(KServeManifest.Print(new("net", "s3://b/\"models\"")
        { Image = "registry/gpc:1", Gpus = 2, MaxReplicas = 4, Prometheus = "http://prometheus:9090", PendingPerReplica = 5 }));
        Assert.Equal(["ServingRuntime", "InferenceService", "ScaledObject"], documents.Select(d => Text(d, "kind")));
        YamlNode container = At(documents[0], "spec", "containers")[0];
        Assert.Equal("kserve-container", Text(container, "name"));
        Assert.Equal("/v2/health/ready", Text(container, "readinessProbe", "httpGet", "path"));
        Assert.Contains("--http=*:8080", ((YamlSequenceNode)At(container, "args")).Select(a => $"{a}"));
        Assert.Equal("s3://b/\"models\"", Text(documents[1], "spec", "predictor", "model", "storageUri"));
        Assert.Equal("net-runtime", Text(documents[1], "spec", "predictor", "model", "runtime"));
        Assert.Equal("2", Text(documents[1], "spec", "predictor", "model", "resources", "limits", "nvidia.com/gpu"));
        Assert.Equal("4", Text(documents[1], "spec", "predictor", "maxReplicas"));
        YamlNode trigger = At(documents[2], "spec", "triggers")[0];
        Assert.Equal("5", Text(trigger, "metadata", "threshold"));
        Assert.Equal("sum(nv_inference_pending_request_count{pod=~\"net-predictor-.*\"})", Text(trigger, "metadata", "query"));
    }

    [Fact]
    public void A_service_on_Triton_is_one_document()
    {
        YamlMappingNode service = Assert.Single(Parse(KServeManifest.Print(new("net", "pvc://claim/models"))));
        Assert.Equal("serving.kserve.io/v1beta1", Text(service, "apiVersion"));
        Assert.Equal("triton", Text(service, "spec", "predictor", "model", "modelFormat", "name"));
        Assert.Equal("kserve-tritonserver", Text(service, "spec", "predictor", "model", "runtime"));
    }

    [Theory]
    [InlineData("Net", 1, 1)]
    [InlineData("-net", 1, 1)]
    [InlineData("", 1, 1)]
    [InlineData("net", 3, 2)]
    public void A_wrong_name_or_range_is_refused(string name, int least, int most) => Assert.Equal("GP5046", Assert.Throws<ModelException>(
        () => KServeManifest.Print(new(name, "s3://b") { MinReplicas = least, MaxReplicas = most })).Diagnostics[0].Code.Id);

    [Fact]
    public async Task The_models_of_a_Docker_folder_are_served()
    {
        Ir.Graphs.Model model = ModelZoo.Find("lenet")!.Build(new() { Batch = "n", Rules = OperatorTable.Default });
        DockerContext.Write([("net", Partitions.Compile(model, "table"))], _folder.File("image"), "base:1", ["--max-batch=4"]);
        string[] file = File.ReadAllLines(_folder.File("image/Dockerfile"));
        Assert.Contains("FROM base:1", file);
        string entry = Assert.Single(file, l => l.StartsWith("ENTRYPOINT ", StringComparison.Ordinal));
        Assert.Equal("--max-batch=4", JsonSerializer.Deserialize<string[]>(entry["ENTRYPOINT ".Length..])![^1]);
        await using TestServer server = await TestServer.ServeAsync(_folder.File("image/models"));
        Assert.True((await server.Http.GetAsync("v2/models/net/ready")).IsSuccessStatusCode);
        Assert.Equal("GP5046", Assert.Throws<ModelException>(
            () => DockerContext.Write([], _folder.File("image"), "base:1", [])).Diagnostics[0].Code.Id);
    }

    [Fact]
    public void A_package_of_ONNX_Runtime_has_only_the_members_of_its_schema()
    {
        Ir.Graphs.Model model = ModelZoo.Find("lenet")!.Build(new() { Rules = OperatorTable.Default });
        OrtPackage.Write(Partitions.Compile(model, "table"), _folder.File("net.ortpackage"), "net", "1.2");
        JsonElement manifest = JsonDocument.Parse(File.ReadAllText(_folder.File("net.ortpackage/manifest.json"))).RootElement;
        Assert.Equal(["schema_version", "package_name", "package_version", "components", "additional_metadata"],
            manifest.EnumerateObject().Select(p => p.Name));
        string component = _folder.File($"net.ortpackage/{manifest.GetProperty("components").GetProperty("model").GetString()}");
        JsonElement variants = JsonDocument.Parse(File.ReadAllText(Path.Combine(component, "component.json"))).RootElement.GetProperty("variants");
        JsonProperty variant = Assert.Single(variants.EnumerateObject());
        Assert.Equal("CPUExecutionProvider", variant.Value.GetProperty("ep").GetString());
        Assert.NotEmpty(OnnxReader.Read(Path.Combine(component, variant.Name, "model.onnx")).Graph.Nodes);
    }

    private static YamlMappingNode[] Parse(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return [.. stream.Documents.Select(d => (YamlMappingNode)d.RootNode)];
    }

    private static YamlNode At(YamlNode node, params string[] path) => path.Aggregate(node, (at, name) => at[name]);

    private static string Text(YamlNode node, params string[] path) => ((YamlScalarNode)At(node, path)).Value!;
}
