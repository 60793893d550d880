using System.Text.Json;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime.Options;

namespace GraphPartition.Runtime.Ort;

/// <summary>
/// Observes values with ONNX Runtime on the CPU: its profiler reports the types of what each node gave, in bodies too, so no value has to
/// be kept and no body has to be changed. Graph optimization is off, so the nodes are those of the model.
/// </summary>
/// <param name="inputs">The inputs of the run, by name.</param>
/// <param name="operators">Libraries of custom operators; null: there are none.</param>
public sealed class OrtValueObserver(IReadOnlyDictionary<string, OrtValue> inputs, CustomOperators? operators = null) : IValueObserver
{
    private const string EventSuffix = "_kernel_time";

    // Where the CPU has no kernel for float16, ONNX Runtime computes in float32 between nodes of this name, and reports that.
    private const string InsertedCast = "InsertedPrecisionFreeCast";

    /// <inheritdoc/>
    public Observation Observe(Model model)
    {
        string folder = Directory.CreateTempSubdirectory("gpc-observe-").FullName;
        try
        {
            var nodes = new List<Node>();
            Model named = model with { Graph = Numbered(model.Graph, nodes) };
            return new(Read(Run(named, Path.Combine(folder, "run")), nodes), null);
        }
        catch (OnnxRuntimeException e)
        {
            Exception explained = OrtMessages.Explain(model.Graph, e);
            string reason = explained is ModelException { Diagnostics: [var first, ..] } ? $"{first.Where}: {first.Message}" : e.Message;
            return Observation.Failed(reason.ReplaceLineEndings(" "));
        }
        catch (Exception e) when (e is ModelException or EnvironmentException or IOException or UnauthorizedAccessException)
        {
            return Observation.Failed(e.Message.ReplaceLineEndings(" "));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A copy in which each node is named by its place in the list, so that the profiler's events tell nodes apart.</summary>
    private static Graph Numbered(Graph graph, List<Node> nodes)
    {
        GraphBuilder builder = GraphBuilder.For(graph, DeclaredTypes.Instance);
        foreach (Value constant in graph.Constants) builder.Constant(constant);
        foreach (Node node in graph.Nodes)
        {
            AttributeMap attributes = node.Attributes.MapBodies(body => Numbered(body, nodes));
            builder.Define(node.Op, node.Inputs.AsSpan(), node.Outputs.AsSpan(), attributes, $"{nodes.Count}", node.Version);
            nodes.Add(node);
        }
        return builder.Build(graph.Outputs.AsSpan());
    }

    /// <summary>Runs the model.</summary>
    /// <returns>The file with the profile.</returns>
    private string Run(Model model, string prefix)
    {
        string? folder = model.Folder;
        byte[] bytes = OnnxWriter.ToBytes(model, new OnnxWriteOptions { ValueTypes = false, ReferTo = folder });
        using SessionOptions options = OrtSessionFactory.ForObservation(folder, operators ?? CustomOperators.None);
        options.ProfileOutputPathPrefix = prefix; // first: the binding passes it on when profiling is enabled
        options.EnableProfiling = true;
        using var session = new InferenceSession(bytes, options);
        using var run = new RunOptions();
        var known = inputs.Where(i => session.InputNames.Contains(i.Key)).ToDictionary();
        OptionalResults.Run(session, run, known, session.OutputNames).Dispose();
        return session.EndProfiling();
    }

    private static Dictionary<Value, ObservedType> Read(string profile, List<Node> nodes)
    {
        using FileStream file = File.OpenRead(profile);
        using JsonDocument events = JsonDocument.Parse(file);
        var types = new Dictionary<Value, ObservedType>();
        bool hasCasts = events.RootElement.EnumerateArray().Any(
            e => e.GetProperty("name").GetString()!.Contains(InsertedCast, StringComparison.Ordinal));
        foreach (JsonElement one in events.RootElement.EnumerateArray())
        {
            string name = one.GetProperty("name").GetString()!;
            if (!name.EndsWith(EventSuffix, StringComparison.Ordinal)
                || !int.TryParse(name.AsSpan(0, name.Length - EventSuffix.Length), out int n)
                || !one.GetProperty("args").TryGetProperty("output_type_shape", out JsonElement outputs)) continue;
            Value[] results = [.. nodes[n].Outputs.OfType<Value>()];
            if (results.Length != outputs.GetArrayLength()) continue; // results that are not tensors are not listed
            for (int i = 0; i < results.Length; i++)
            {
                JsonProperty type = outputs[i].EnumerateObject().Single();
                ElementType element = ElementOf(type.Name);
                if (hasCasts && element == ElementType.Float32) element = ElementType.Undefined;
                long[] sizes = [.. type.Value.EnumerateArray().Select(size => size.GetInt64())];
                types[results[i]] = types.TryGetValue(results[i], out ObservedType? seen) ? seen.With(element, sizes)
                    : new(element, [.. sizes], [.. sizes]);
            }
        }
        return types;
    }

    /// <summary>The element type of a name of ONNX Runtime's profiler.</summary>
    private static ElementType ElementOf(string name) => name switch
    {
        "float" => ElementType.Float32,
        "double" => ElementType.Float64,
        "float16" => ElementType.Float16,
        "bfloat16" => ElementType.BFloat16,
        "int8" => ElementType.Int8,
        "int16" => ElementType.Int16,
        "int32" => ElementType.Int32,
        "int64" => ElementType.Int64,
        "uint8" => ElementType.UInt8,
        "uint16" => ElementType.UInt16,
        "uint32" => ElementType.UInt32,
        "uint64" => ElementType.UInt64,
        "bool" => ElementType.Bool,
        "string" => ElementType.String,
        _ => ElementType.Undefined,
    };
}
