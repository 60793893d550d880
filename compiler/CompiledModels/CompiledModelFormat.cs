using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;

namespace GraphPartition.CompiledModels;

/// <summary>
/// The compiled-model format: a valid ONNX model in which each engine group is a call of a model-local function
/// <c>ai.graphpartition::TrtNode_k</c>. The function's body is the group's portable subgraph; weights stay initializers of the
/// main graph and are passed in, so that no weight is stored twice. Any ONNX runtime runs the file by inlining; engines are
/// attributes of the call, which inlining drops. The README beside this file lists attributes and metadata keys.
/// </summary>
public static class CompiledModelFormat
{
    /// <summary>The domain of the functions.</summary>
    public const string Domain = "ai.graphpartition";

    /// <summary>The version of the format that this version writes, and the newest that it reads.</summary>
    public const int Version = 1;

    private const string FunctionPrefix = "TrtNode_";
    private const string FormatKey = "graphpartition.format";
    private const string PlanKey = "graphpartition.plan";
    private const string PlanHashKey = "graphpartition.plan.sha256";
    private const string StructureKey = "graphpartition.nodes"; // ContentKey.StructureOf when it was compiled
    private const string EnginesKey = "graphpartition.engines"; // how many there are in the file

    /// <summary>The metadata key that lists functions of the source that are kept as nodes, one in each line.</summary>
    public const string FunctionsKey = "graphpartition.functions";

    private const string LibrariesKey = "graphpartition.libraries"; // JSON; absent where there are none

    private const string EnginesAttribute = "engines";
    private const string EngineInfoAttribute = "engine_info";
    private const string BoundInputsAttribute = "bound_inputs"; // how many inputs of a call an engine binds; weights follow them
    private const string ProfilesAttribute = "profiles";
    private const string NamesAttribute = "names_values"; // 1: tensors of the engines have the names of the model's values

    private static CompiledModelJson Json => CompiledModelJson.Default;

    private static readonly OnnxReadOptions Options = new() { KeepFunctionsOf = Domain, KeptFunctionsKey = FunctionsKey };

    /// <summary>Whether a model was written in this format (or claims so).</summary>
    public static bool IsCompiled(Model model) => model.Property(FormatKey) is not null;

    /// <summary>
    /// Whether a file with this metadata is a compiled model of this format, marked as a model without engines. Such a file can be executed
    /// without reading its plan; so the plan is not checked here.
    /// </summary>
    public static bool HasNoEngine(IReadOnlyDictionary<string, string> metadata) =>
        metadata.GetValueOrDefault(EnginesKey) == "0" && metadata.GetValueOrDefault(FormatKey) == Version.ToString();

    /// <summary>Writes a compiled model as an ONNX file, which appears only when it is complete.</summary>
    /// <exception cref="EnvironmentException">The file cannot be written (GP5005).</exception>
    public static void Write(CompiledModel compiled, string path) => OnnxWriter.Write(ToModel(compiled), path);

    /// <summary>The compiled model as the bytes of an ONNX file.</summary>
    public static byte[] Write(CompiledModel compiled) => OnnxWriter.ToBytes(ToModel(compiled));

    /// <summary>Reads a compiled model with its nodes as the file has them, in the opset of the file.</summary>
    /// <exception cref="ModelException">GP1xxx: no valid model; GP5001: damaged; GP5002: not compiled, or in a newer format.</exception>
    public static CompiledModel Read(string path) => Read(OnnxReader.Read(path, Options));

    /// <summary>As <see cref="Read(string)"/>, from memory, which the weights keep in use.</summary>
    /// <exception cref="ModelException">As there.</exception>
    public static CompiledModel Read(ReadOnlyMemory<byte> bytes) =>
        Read(OnnxReader.Read(bytes, Options));

    /// <summary>As <see cref="Read(string)"/>; null where the file is a valid model that is not compiled.</summary>
    /// <exception cref="ModelException">As there.</exception>
    public static CompiledModel? TryRead(string path) =>
        OnnxReader.Read(path, Options) is var model && IsCompiled(model) ? Read(model) : null;

    /// <summary>The compiled model as an ONNX model.</summary>
    public static Model ToModel(CompiledModel compiled)
    {
        var functions = ImmutableArray.CreateBuilder<Function>();
        Graph graph = Contraction.Of(compiled.Model.Graph, compiled.Cut, (flat, builder, group) =>
        {
            functions.Add(FunctionOf(flat, group, compiled.Model.Opsets));
            OpName name = NameOf(group);
            GraphSegment segment = group.Segment;
            builder.Define(name, [.. segment.Inputs, .. segment.Weights], [.. segment.Outputs], AttributesOf(group), name.Type);
            return true;
        });
        Model model = compiled.Model with
        {
            Graph = graph,
            Functions = [.. compiled.Model.Functions, .. functions],
            Opsets = compiled.Model.Opsets.SetItem(Domain, 1),
        };
        return model.WithProperty(FormatKey, Version.ToString())
            .WithProperty(PlanKey, compiled.Plan).WithProperty(PlanHashKey, HashOf(compiled.Plan))
            .WithProperty(StructureKey, compiled.Structure ?? ContentKey.StructureOf(compiled.Model.Graph))
            .WithProperty(EnginesKey, compiled.AllGroups.Sum(g => g.Engines.Length).ToString())
            .WithProperty(FunctionsKey, compiled.Model.Functions.IsEmpty ? null
                : string.Join('\n', compiled.Model.Functions.Select(f => f.Name.WithoutOverload).Distinct()))
            .WithProperty(LibrariesKey, compiled.Libraries.IsEmpty ? null
                : JsonSerializer.Serialize(compiled.Libraries, Json.ImmutableArrayUsedLibrary));
    }

    private static Function FunctionOf(Graph graph, TrtNode group, ImmutableSortedDictionary<string, int> opsets) =>
        new(NameOf(group), group.Segment.Extract(graph, weightsAsInputs: true, ""))
        {
            Attributes = [EnginesAttribute, EngineInfoAttribute, BoundInputsAttribute, ProfilesAttribute,
                .. group.NamesValues ? [NamesAttribute] : Array.Empty<string>()],
            Opsets = opsets,
        };

    private static OpName NameOf(TrtNode group) => new(Domain, FunctionPrefix + group.Id);

    /// <summary>
    /// The compiled model in an ONNX model that was read with <see cref="OnnxReadOptions.KeepFunctionsOf"/> = <see cref="Domain"/>.
    /// Checks the hashes of the plan and of every engine.
    /// </summary>
    /// <exception cref="ModelException">GP5001 a damaged model, GP5002 a newer format.</exception>
    public static CompiledModel Read(Model model)
    {
        if (!int.TryParse(model.Property(FormatKey), out int format) || format is < 1 or > Version)
            throw CompiledModelCodes.UnknownPackageFormat.Error(model.Path ?? "", $"format '{model.Property(FormatKey)}', known up to {Version}");
        string plan = model.Property(PlanKey) ?? "";
        if (HashOf(plan) != model.Property(PlanHashKey)) throw Damaged(model, "the plan is not the one that was written");

        (Graph flat, Cut cut) = Read(model, model.Graph, model.Functions.ToDictionary(f => f.Name));
        Model portable = model with
        {
            Graph = flat,
            Functions = [.. model.Functions.Where(f => f.Name.Domain != Domain)],
            Opsets = model.Opsets.Remove(Domain),
        };
        foreach (string key in (string[])[FormatKey, PlanKey, PlanHashKey, StructureKey, EnginesKey, FunctionsKey, LibrariesKey])
            portable = portable.WithProperty(key, null);
        return new(portable, cut, plan) { Libraries = LibrariesOf(model), Structure = model.Property(StructureKey) };
    }

    /// <summary>The libraries that a model was compiled with; none if it is not compiled.</summary>
    /// <exception cref="ModelException">GP5001: the list is damaged.</exception>
    public static ImmutableArray<UsedLibrary> LibrariesOf(Model model)
    {
        try
        {
            return model.Property(LibrariesKey) is { } json ? JsonSerializer.Deserialize(json, Json.ImmutableArrayUsedLibrary) : [];
        }
        catch (JsonException e)
        {
            throw Damaged(model, $"the list of libraries cannot be read ({e.Message})");
        }
    }

    private static (Graph Flat, Cut Cut) Read(Model model, Graph packed, Dictionary<OpName, Function> functions)
    {
        GraphBuilder builder = Contraction.Like(packed);
        var segmentOf = new List<int>();
        var isEngine = new List<bool>();
        var calls = new List<Node>();
        var bodies = new List<BodyCut>();
        foreach (Node node in packed.Nodes)
        {
            bool isCall = node.Op.Domain == Domain;
            if (isCall || isEngine.Count == 0 || isEngine[^1]) isEngine.Add(isCall);
            if (isCall)
            {
                calls.Add(node);
                if (!functions.Remove(node.Op, out Function? function))
                    throw Damaged(model, $"{node.Label}: there is no such function, or it is called twice");
                Inline(model, builder, node, function.Body);
            }
            else
            {
                int n = builder.NodeCount, index = 0;
                Contraction.Append(builder, node, body => Flatten(body, n, index++));
            }
            while (segmentOf.Count < builder.NodeCount) segmentOf.Add(isEngine.Count - 1);
        }
        Graph flat = builder.Build(packed.Outputs.AsSpan());
        // The file has nodes segment by segment, which may be another order than that of the plan, in which groups are numbered.
        return (flat, Cut.Of(flat, [.. segmentOf], [.. isEngine],
            (place, segment) => ReadGroup(model, InOrderOf(model, calls[place], segment), calls[place]),
            [.. bodies.OrderBy(b => b.Cut.AllGroups.First().Id)]));

        Graph Flatten(Graph body, int node, int index)
        {
            if (!HasCalls(body)) return body;
            (Graph inner, Cut cut) = Read(model, body, functions);
            bodies.Add(new(node, index, cut));
            return inner;
        }
    }

    /// <summary>
    /// Engines know inputs and results by their places in the call. The function's nodes may use them in another order than those that
    /// the engine was built from, since lowering writes some nodes as several.
    /// </summary>
    private static GraphSegment InOrderOf(Model model, Node call, GraphSegment segment)
    {
        Value[] used = [.. call.Inputs.OfType<Value>().Distinct()];
        if (used.Length < call.Inputs.Length && call.Attributes.Has(EnginesAttribute))
            throw Damaged(model, $"{call.Label}: it has an engine, but two of its inputs are the same value");
        return segment with
        {
            Inputs = [.. used.Where(v => !v.IsConstant)],
            Weights = [.. used.Where(v => v.IsConstant).Union(segment.Weights)],
            Outputs = [.. call.Outputs.OfType<Value>()],
        };
    }

    private static bool HasCalls(Graph body) => body.Nodes.Any(n => n.Op.Domain == Domain || n.Attributes.Bodies().Any(HasCalls));

    private static void Inline(Model model, GraphBuilder builder, Node call, Graph body)
    {
        if (body.Nodes.IsEmpty || call.Inputs.Length != body.Inputs.Length || call.Outputs.Length != body.Outputs.Length
            || call.Inputs.Contains(null) || call.Outputs.Contains(null))
            throw Damaged(model, $"{call.Label}: the call does not fit the function's inputs and outputs");
        var map = new Dictionary<Value, Value>();
        for (int i = 0; i < body.Inputs.Length; i++) map[body.Inputs[i]] = call.Inputs[i]!;
        for (int i = 0; i < body.Outputs.Length; i++) map[body.Outputs[i]] = call.Outputs[i]!;
        var substitution = new Substitution(map);
        foreach (Value v in body.Constants) builder.Constant(v);
        foreach (Node node in body.Nodes) substitution.Append(builder, node);
    }

    private static AttributeMap AttributesOf(TrtNode group)
    {
        AttributeMap attributes = AttributeMap.Of((BoundInputsAttribute, group.Segment.Inputs.Length));
        if (group.Engines.Length > 0)
            attributes = attributes
                .With(EnginesAttribute, new TensorsAttribute([..
                    group.Engines.Select(e => e.Data ?? TensorData.Of<byte>(ElementType.UInt8, [], 0))]))
                .With(EngineInfoAttribute, Strings(group.Engines.Select(e => JsonSerializer.Serialize(e, Json.EngineBlob))));
        if (group.NamesValues) attributes = attributes.With(NamesAttribute, 1L);
        if (group.Profiles.Length > 0)
            attributes = attributes.With(ProfilesAttribute, JsonSerializer.Serialize(group.Profiles, Json.ImmutableArrayInputProfile));
        return attributes;
    }

    private static TrtNode ReadGroup(Model model, GraphSegment segment, Node call)
    {
        try
        {
            int id = int.Parse(call.Op.Type.AsSpan(FunctionPrefix.Length));
            var engines = ImmutableArray.CreateBuilder<EngineBlob>();
            if (call.Attributes[EnginesAttribute] is TensorsAttribute blobs
                && call.Attributes[EngineInfoAttribute] is StringsAttribute info)
                foreach ((TensorData data, string text) in blobs.Values.Zip(info.Texts))
                {
                    EngineBlob engine = JsonSerializer.Deserialize(text, Json.EngineBlob)! with { Data = data };
                    engines.Add(engine.Path is null ? engine : engine with { Data = null });
                }
            return new(id, segment)
            {
                NamesValues = call.Attributes.Int(NamesAttribute, 0) == 1,
                Engines = engines.ToImmutable(),
                Profiles = call.Attributes.Has(ProfilesAttribute)
                    ? JsonSerializer.Deserialize(call.Attributes.Text(ProfilesAttribute), Json.ImmutableArrayInputProfile) : [],
            };
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentOutOfRangeException)
        {
            throw Damaged(model, $"{call.Label}: its attributes cannot be read ({e.Message})");
        }
    }

    private static StringsAttribute Strings(IEnumerable<string> texts) =>
        new([.. texts.Select(t => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(t))]);

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static ModelException Damaged(Model model, string message) => CompiledModelCodes.DamagedPackage.Error(model.Path ?? "", message);
}
