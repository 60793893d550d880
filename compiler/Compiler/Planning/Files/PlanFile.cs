using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Explaining;

namespace GraphPartition.Compiler.Planning.Files;

/// <summary>
/// A plan as a file: <c>gpc plan -o</c> writes it, <c>gpc verify</c> checks it without the model, <c>gpc diff</c> and
/// <c>gpc plan --check</c> compare it. A compiled model contains one. Equal plans give equal bytes; each node is one line.
/// </summary>
/// <param name="Format">The format of the file: <see cref="CurrentFormat"/>.</param>
/// <param name="Model">Which model it is about.</param>
/// <param name="Options">The options that it was planned with.</param>
/// <param name="Summary">The plan for people and tools.</param>
/// <param name="Proof">The graph, the assignment and the certificate as numbers.</param>
public sealed record PlanFile(string Format, PlannedGraph Model, PlanOptions Options, PlanReport Summary, PlanProof Proof)
{
    /// <summary>The format that this version writes and reads.</summary>
    public const string CurrentFormat = "graphpartition.plan/1";

    private static readonly PlanFileJson Compact = new(new(PlanFileJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    private static readonly JsonTypeInfo<PlanFile> Json = new PlanFileJson(new(Compact.Options)
    {
        WriteIndented = true,
        Converters = { new OneLine<NodeRecord>(Compact.NodeRecord), new OneLine<ImmutableArray<int>>(Compact.ImmutableArrayInt32) },
    }).PlanFile;

    /// <summary>The file of a plan.</summary>
    public static PlanFile Of(PartitionPlan plan, PlanOptions options)
    {
        Graph graph = plan.Graph;
        string[] inputs = [.. graph.Inputs.Select(v => v.Name)], outputs = [.. graph.Outputs.Select(v => v.Name)];
        var model = new PlannedGraph(graph.Name, [.. inputs], [.. outputs], graph.Nodes.Length);
        return new(CurrentFormat, model, options, PlanReport.Of(plan), PlanProof.Of(plan));
    }

    /// <summary>The JSON form.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads the JSON form.</summary>
    /// <exception cref="ModelException">GP3010: it is not a plan.</exception>
    public static PlanFile FromJson(string json, string where)
    {
        try
        {
            PlanFile file = JsonSerializer.Deserialize(json, Json) ?? throw new JsonException("it is null");
            return file.Format == CurrentFormat ? file
                : throw CompilerCodes.BadPlanFile.Error(where, $"its format is '{file.Format}', this version knows '{CurrentFormat}'");
        }
        catch (JsonException e)
        {
            throw CompilerCodes.BadPlanFile.Error(where, $"it is not a plan: {e.Message}");
        }
    }

    /// <summary>Reads a plan file, or the plan in a compiled model.</summary>
    /// <exception cref="ModelException">GP1001, GP3010; GP5001 for a damaged compiled model.</exception>
    public static PlanFile Read(string path) =>
        IsJson(path) ? FromJson(InputFile.Read(path, File.ReadAllText), path) : Read(ReadCompiled(path), path);

    /// <summary>The plan in a compiled model.</summary>
    /// <exception cref="ModelException">GP3010.</exception>
    public static PlanFile Read(CompiledModel compiled, string where) => FromJson(compiled.Plan, where);

    /// <summary>Reads a compiled model with its nodes as the file has them.</summary>
    /// <exception cref="ModelException">GP3010: it is none; GP5001: it is damaged.</exception>
    public static CompiledModel ReadCompiled(string path) => CompiledModelFormat.TryRead(path)
        ?? throw CompilerCodes.BadPlanFile.Error(path, "it is neither a plan nor a model that gpc compiled");

    /// <summary>Whether a file starts like JSON; models are binary.</summary>
    /// <exception cref="ModelException">GP1001.</exception>
    public static bool IsJson(string path) => InputFile.Read(path, p =>
    {
        using FileStream file = File.OpenRead(p);
        int first = file.ReadByte();
        while (first is ' ' or '\t' or '\r' or '\n' or 0xEF or 0xBB or 0xBF) first = file.ReadByte();
        return first == '{';
    });

    /// <summary>Writes a value without line breaks inside an indented file.</summary>
    private sealed class OneLine<T>(JsonTypeInfo<T> compact) : JsonConverter<T>
    {
        public override T? Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            JsonSerializer.Deserialize(ref reader, compact);

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteRawValue(JsonSerializer.Serialize(value, compact), skipInputValidation: true);
    }
}

/// <summary>The model of a plan: the properties that stay the same while a model is developed.</summary>
/// <param name="Name">The graph's name.</param>
/// <param name="Inputs">The names of its inputs.</param>
/// <param name="Outputs">The names of its outputs.</param>
/// <param name="Nodes">The number of nodes that were partitioned.</param>
public sealed record PlannedGraph(string Name, ImmutableArray<string> Inputs, ImmutableArray<string> Outputs, int Nodes)
{
    /// <summary>For messages.</summary>
    public override string ToString() =>
        $"graph '{Name}' ({string.Join(", ", Inputs)}) -> ({string.Join(", ", Outputs)}) with {Nodes} nodes";
}

/// <summary>The options of a plan.</summary>
/// <param name="Target">The TensorRT release.</param>
/// <param name="Support">The support option.</param>
/// <param name="Groups">minimum or connected.</param>
public sealed record PlanOptions(string Target, string Support, string Groups);

/// <summary>Reads and writes plans without reflection.</summary>
[JsonSerializable(typeof(PlanFile))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true,
    GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class PlanFileJson : JsonSerializerContext;
