using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.MindIr;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators.Tests.Support;
using GraphPartition.Runtime.MadeUp;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;
using Xunit;
using Xunit.Abstractions;

namespace GraphPartition.Operators.Tests.Conformance;

/// <summary>
/// Inference against truth for every value of the exported models: each model runs in ONNX Runtime with all its values as
/// outputs, and no inferred type, dimension or element may contradict what comes out.
/// </summary>
public sealed class IntermediateValueTests(ITestOutputHelper log)
{
    [SharedFact("models")]
    public void Inferred_types_never_contradict_the_values_that_ONNX_Runtime_computes()
    {
        int compared = 0, elements = 0;
        List<string> contradictions = [];
        int networks = 0;
        foreach ((string file, Model model) in Models())
        {
            networks++;
            // Before opset 10 the mask of Dropout had the data's type; import converts it to today's form, and nothing uses it.
            Value[] values = [.. model.Graph.Nodes.SelectMany(n => n.Op.Is("Dropout") ? n.Outputs.Take(1) : n.Outputs).OfType<Value>()];
            var inferred = new Dictionary<string, Value>();
            foreach (Node node in new Retyping(OperatorTable.Default, new BuildScope()).Of(model.Graph).Nodes)
                foreach (Value? value in node.Outputs)
                    if (value is not null) inferred[value.Name] = value;
            var symbols = new Dictionary<string, (long Size, string Where)>();
            string name = Path.GetRelativePath(OutsideFolders.Shared, file);
            foreach ((string output, DataValue actual) in Run(model, values, file))
            {
                Value value = inferred[output];
                compared++;
                if (ActualType.Of(actual) is not { } type) continue;
                if (IrType.Merge(value.Type, type) is null) contradictions.Add($"{name}: {value}, actual {type}");
                else if (value.Shape is { } shape && type is TensorType { Shape: { } sizes })
                    Bind(contradictions, symbols, name, value, shape, sizes);
                if (value.Elements is not { } known || actual is not TensorValue { Data: var data } || data.ToIntegers() is not { } numbers)
                    continue;
                elements++;
                for (int i = 0; i < known.Length; i++)
                    if (known[i].IsKnown && known[i].Size != numbers[i])
                        contradictions.Add($"{name}: {value} element {i} is {numbers[i]}, inferred {known[i]}");
            }
        }
        log.WriteLine($"{networks} models, {compared} values compared, of {elements} the elements too");
        Assert.True(contradictions.Count == 0, string.Join("\n", contradictions));
        Assert.True(compared > 5000 && networks > 40, $"only {compared} values of {networks} models were compared");
    }

    /// <summary>All ONNX models, and the MindIR models that are networks: most of those files define gradients.</summary>
    private static IEnumerable<(string File, Model Model)> Models()
    {
        string folder = OutsideFolders.SharedModels;
        foreach (string file in OutsideFolders.WellFormedModels) yield return (file, OnnxReader.Read(file));
        foreach (string file in Directory.EnumerateFiles(folder, "*.mindir", SearchOption.AllDirectories).Order())
            if (Imported(file) is { } model) yield return (file, model);
    }

    private static Model? Imported(string file)
    {
        try
        {
            Model model =
                MindIrReader.Read(file, new MindIrReadOptions { Rules = OperatorTable.Default, Key = "0123456789ABCDEF"u8.ToArray() });
            return OnnxReader.Read(OnnxWriter.ToBytes(model)); // which gives every value a name
        }
        catch (ModelException)
        {
            return null;
        }
    }

    /// <summary>Equal names are equal numbers.</summary>
    private static void Bind(
        List<string> contradictions, Dictionary<string, (long Size, string Where)> symbols, string name, Value value, Shape shape,
        Shape actual)
    {
        for (int i = 0; i < shape.Rank; i++)
        {
            if (shape[i].Symbol is not { } symbol) continue;
            if (!symbols.TryGetValue(symbol, out var bound)) symbols[symbol] = (actual[i].Size, value.Name);
            else if (bound.Size != actual[i].Size)
                contradictions.Add($"{name}: '{symbol}' is {bound.Size} in {bound.Where} and {actual[i].Size} in {value.Name}");
        }
    }

    private static List<(string, DataValue)> Run(Model model, Value[] values, string file)
    {
        Graph graph = model.Graph;
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = graph.Name };
        foreach (Value v in graph.Inputs) builder.Input(v, graph.Defaults.GetValueOrDefault(v));
        foreach (Value v in graph.Constants) builder.Constant(v);
        foreach (Node node in graph.Nodes) builder.Append(node);
        byte[] bytes = OnnxWriter.ToBytes(model with { Graph = builder.Build(values) });
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            IntraOpNumThreads = 1,
        };
        using var session = new InferenceSession(bytes, options);
        using var run = new RunOptions();
        string set = Path.Combine(Path.GetDirectoryName(file)!, "test_data_set_0");
        var inputs = Directory.Exists(set)
            ? TestDataSet.Read(set, graph).Inputs.Select(i => (i.Name, Value: OrtValues.ToOrt(i.Value))).ToList()
            : new InputGenerator(new Dictionary<string, long>()).For(graph).Select(i => (Name: i.Key, Value: OrtValues.ToOrt(i.Value)))
            .ToList();
        using var results = session.Run(run, [.. inputs.Select(i => i.Name)], [.. inputs.Select(i => i.Value)], session.OutputNames);
        List<(string, DataValue)> outputs = [.. session.OutputNames.Zip(results.Select(OrtValues.ToData))];
        foreach (var (_, value) in inputs) value.Dispose();
        return outputs;
    }
}
