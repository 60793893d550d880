using System.Text;
using System.Text.Json;
using GraphPartition.Onnx.Writing;
using GraphPartition.TensorRt;

namespace GraphPartition.EngineBuilder;

/// <summary>
/// Writes engines for ONNX Runtime's TensorRT providers: for each engine a model of one node <c>com.microsoft::EPContext</c>, which that
/// provider loads in place of a graph (microsoft/onnxruntime, documentation of EPContext). The node's inputs and outputs have the names
/// of the engine's tensors. <c>bindings.json</c> maps them to values of the compiled model and, for an engine in a body, names the If,
/// Loop or Scan around it, which the user of the engines has to run.
/// </summary>
public static class EpContext
{
    private const int IrVersion = 8;
    private const int Opset = 17;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes all engines of a compiled model into a folder and returns the paths of the models.</summary>
    /// <param name="compiled">The compiled model.</param>
    /// <param name="folder">The folder to write to; created if it does not exist.</param>
    /// <param name="embed">Whether engines go into the models; if not, each is a file beside its model.</param>
    /// <exception cref="ModelException">No group has an engine (GP4021), or an engine is damaged or stale (GP5001).</exception>
    /// <exception cref="EnvironmentException">A file cannot be written (GP5005).</exception>
    public static IReadOnlyList<string> Write(CompiledModel compiled, string folder, bool embed)
    {
        string? source = compiled.Model.Folder;
        if (compiled.AllGroups.All(g => g.Engines.IsEmpty))
            throw TensorRtCodes.NoEngineFits.Error(compiled.Model.Path ?? "", "the model has no engines to export");
        // The folder gets engines without the nodes that they replace, so nobody could find a stale one later.
        if (EngineOrigin.FindUnusable(compiled.Lower()) is { IsEmpty: false } stale)
            throw new ModelException([.. stale.Select(s => CompiledModelCodes.DamagedPackage.At($"TrtNode_{s.Group.Id}", s.Reason))]);
        AtomicFile.CreateFolder(folder);
        List<string> written = [];
        List<object> bindings = [];
        foreach ((_, TrtNode group, NodeAround? around) in compiled.PlacedGroups)
            for (int e = 0; e < group.Engines.Length; e++)
            {
                EngineBlob engine = group.Engines[e];
                if (engine.Read(source, out string? fault) is not { } bytes)
                    throw CompiledModelCodes.DamagedPackage.Error($"TrtNode_{group.Id}", fault!);
                string name = group.Engines.Length == 1 ? $"TrtNode_{group.Id}" : $"TrtNode_{group.Id}_{e}";
                if (!embed) AtomicFile.Write(Path.Combine(folder, name + ".engine"), stream => stream.Write(bytes.Span));
                ReadOnlyMemory<byte> context = embed ? bytes : Encoding.UTF8.GetBytes(name + ".engine");
                string file = Path.Combine(folder, name + ".onnx");
                OnnxWriter.Write(ModelOf(group, engine.Target, context, embed, name), file);
                written.Add(file);
                bindings.Add(new
                {
                    model = name + ".onnx",
                    target = engine.Target,
                    inside = around?.Node.DisplayName,
                    inputs = group.Segment.Inputs.Select((v, i) => Binding(SegmentModel.Input(i), v)),
                    outputs = group.Segment.Outputs.Select((v, i) => Binding(SegmentModel.Output(i), v)),
                });
            }
        AtomicFile.Write(Path.Combine(folder, "bindings.json"), stream => JsonSerializer.Serialize(stream, bindings, Json));
        return written;
        static object Binding(string tensor, Value value) => new { tensor, value = value.Name, type = value.Type.ToString() };
    }

    /// <summary>The provider of ONNX Runtime that loads an engine: TensorRT and TensorRT-RTX have one each.</summary>
    /// <param name="target">What the engine was built for.</param>
    public static string ProviderOf(EngineTarget target) =>
        target.TensorRt.IsRtx ? "NvTensorRTRTXExecutionProvider" : "TensorrtExecutionProvider";

    private static Model ModelOf(TrtNode group, EngineTarget target, ReadOnlyMemory<byte> context, bool embed, string name)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = name };
        Value[] inputs = [.. group.Segment.Inputs.Select((v, i) => new Value(SegmentModel.Input(i), v.Type))];
        Value[] outputs = [.. group.Segment.Outputs.Select((v, i) => new Value(SegmentModel.Output(i), v.Type))];
        foreach (Value input in inputs) builder.Input(input);
        string capability = target.ComputeCapability.Replace(".", "", StringComparison.Ordinal);
        builder.Define(new OpName("com.microsoft", "EPContext"), inputs, outputs, AttributeMap.Of(
            ("main_context", 1L), ("embed_mode", embed ? 1L : 0L), ("ep_cache_context", new StringAttribute(context)),
            ("ep_sdk_version", target.TensorRt.ToString()), ("partition_name", name), ("source", ProviderOf(target)),
            ("hardware_architecture", target.Hardware == EngineTarget.AmperePlus ? "80+" : capability)), name);
        return new Model(builder.Build(outputs))
        {
            Opsets = OpsetVersions.Standard(Opset).Add("com.microsoft", 1),
            FormatVersion = IrVersion,
            ProducerName = "GraphPartition",
        };
    }
}
