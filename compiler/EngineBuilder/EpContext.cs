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
/// <remarks>
/// The providers find tensors by name, and a value between two engines has one name only. So if engines have the names of the values
/// (<see cref="TrtNode.NamesValues"/>), the whole model is written too, once for each target: EPContext nodes, and the fallback's nodes.
/// </remarks>
public static class EpContext
{
    private const int IrVersion = 8;
    private const int Opset = 17;
    private const string Domain = "com.microsoft";

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
        Dictionary<(int Group, EngineTarget Target), AttributeMap> contexts = [];
        foreach ((_, TrtNode group, NodeAround? around) in compiled.PlacedGroups)
            for (int e = 0; e < group.Engines.Length; e++)
            {
                EngineBlob engine = group.Engines[e];
                if (engine.Read(source, out string? fault) is not { } bytes)
                    throw CompiledModelCodes.DamagedPackage.Error($"TrtNode_{group.Id}", fault!);
                string name = group.Engines.Length == 1 ? $"TrtNode_{group.Id}" : $"TrtNode_{group.Id}_{e}";
                if (!embed) AtomicFile.Write(Path.Combine(folder, name + ".engine"), stream => stream.Write(bytes.Span));
                ReadOnlyMemory<byte> context = embed ? bytes : Encoding.UTF8.GetBytes(name + ".engine");
                contexts[(group.Id, engine.Target)] = AttributesOf(engine.Target, context, embed, name);
                string file = Path.Combine(folder, name + ".onnx");
                OnnxWriter.Write(ModelOf(group, contexts[(group.Id, engine.Target)], name), file);
                written.Add(file);
                bindings.Add(new
                {
                    model = name + ".onnx",
                    target = engine.Target,
                    inside = around?.Node.DisplayName,
                    inputs = group.Segment.Inputs.Select((v, i) => Binding(group.InputName(i), v)),
                    outputs = group.Segment.Outputs.Select((v, i) => Binding(group.OutputName(i), v)),
                });
            }
        AtomicFile.Write(Path.Combine(folder, "bindings.json"), stream => JsonSerializer.Serialize(stream, bindings, Json));
        EngineTarget[] targets = [.. contexts.Keys.Select(c => c.Target).Distinct()];
        if (compiled.AllGroups.All(g => g.NamesValues || g.Engines.IsEmpty))
            for (int t = 0; t < targets.Length; t++)
            {
                string file = Path.Combine(folder, targets.Length == 1 ? "model.onnx" : $"model_{t}.onnx");
                OnnxWriter.Write(Whole(compiled.Lower(), group => contexts.GetValueOrDefault((group.Id, targets[t]))), file);
                written.Add(file);
            }
        return written;
        static object Binding(string tensor, Value value) => new { tensor, value = value.Name, type = value.Type.ToString() };
    }

    /// <summary>The model with an EPContext node in place of each group that has an engine.</summary>
    /// <param name="compiled">The model, in the opset of its file.</param>
    /// <param name="attributesOf">The attributes of a group's node; null: the group keeps its nodes.</param>
    private static Model Whole(CompiledModel compiled, Func<TrtNode, AttributeMap?> attributesOf)
    {
        Graph contracted = Contraction.Of(compiled.Model.Graph, compiled.Cut, (_, builder, group) =>
        {
            if (attributesOf(group) is not { } attributes) return false;
            builder.Define(Operator, [.. group.Segment.Inputs], [.. group.Segment.Outputs], attributes, $"TrtNode_{group.Id}");
            return true;
        });
        HashSet<Value> used = [.. contracted.Outputs, .. contracted.Nodes.SelectMany(n => n.Inputs).OfType<Value>(),
            .. contracted.Nodes.SelectMany(n => n.Attributes.Bodies()).SelectMany(b => b.Captures)];
        var result = new GraphBuilder(DeclaredTypes.Instance) { Name = contracted.Name, Metadata = contracted.Metadata };
        foreach (Value v in contracted.Inputs) result.Input(v, contracted.Defaults.GetValueOrDefault(v));
        foreach (Value v in contracted.Constants.Where(used.Contains)) result.Constant(v); // engines have the other weights
        foreach (Node node in contracted.Nodes) result.Append(node);
        return compiled.Model with
        {
            Graph = result.Build(contracted.Outputs.AsSpan()),
            Opsets = compiled.Model.Opsets.SetItem(Domain, 1),
            FormatVersion = Math.Max(compiled.Model.FormatVersion, IrVersion),
        };
    }

    /// <summary>The provider of ONNX Runtime that loads an engine: TensorRT and TensorRT-RTX have one each.</summary>
    /// <param name="target">What the engine was built for.</param>
    public static string ProviderOf(EngineTarget target) =>
        target.TensorRt.IsRtx ? "NvTensorRTRTXExecutionProvider" : "TensorrtExecutionProvider";

    private static OpName Operator => new(Domain, "EPContext");

    private static AttributeMap AttributesOf(EngineTarget target, ReadOnlyMemory<byte> context, bool embed, string name)
    {
        string capability = target.ComputeCapability.Replace(".", "", StringComparison.Ordinal);
        return AttributeMap.Of(
            ("main_context", 1L), ("embed_mode", embed ? 1L : 0L), ("ep_cache_context", new StringAttribute(context)),
            ("ep_sdk_version", target.TensorRt.ToString()), ("partition_name", name), ("source", ProviderOf(target)),
            ("hardware_architecture", target.Hardware == EngineTarget.AmperePlus ? "80+" : capability));
    }

    private static Model ModelOf(TrtNode group, AttributeMap attributes, string name)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = name };
        Value[] inputs = [.. group.Segment.Inputs.Select((v, i) => new Value(group.InputName(i), v.Type))];
        Value[] outputs = [.. group.Segment.Outputs.Select((v, i) => new Value(group.OutputName(i), v.Type))];
        foreach (Value input in inputs) builder.Input(input);
        builder.Define(Operator, inputs, outputs, attributes, name);
        return new Model(builder.Build(outputs))
        {
            Opsets = OpsetVersions.Standard(Opset).Add(Domain, 1),
            FormatVersion = IrVersion,
            ProducerName = "GraphPartition",
        };
    }
}
