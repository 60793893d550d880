using System.CommandLine;
using System.Globalization;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc;

/// <summary>Where the inputs of a run come from: a test data set, or made up deterministically.</summary>
internal sealed class InputArguments
{
    private readonly Option<string?> _testData = new("--test-data")
    {
        Description = "A directory with input_<i>.pb and output_<i>.pb in ONNX test-data form; without it inputs are made up.",
    };
    private readonly Option<string[]> _dims = new("--dim") { Description = "NAME=SIZE: the size of a named dimension of made-up inputs." };

    public InputArguments(Command command)
    {
        command.Add(_testData);
        command.Add(_dims);
    }

    /// <summary>The inputs for a graph and, from a test data set, the expected outputs.</summary>
    public FeedSet Read(ParseResult parsed, Graph graph)
    {
        if (parsed.GetValue(_testData) is not { } directory)
            return new(new InputGenerator(Sizes(parsed.GetValue(_dims) ?? [])).For(graph)
                .ToDictionary(i => i.Key, i => OrtValues.ToOrt(i.Value)), []);
        TestDataSet set = TestDataSet.Read(directory, graph);
        if (set.Inputs.IsEmpty && graph.Inputs.Any(v => !graph.Defaults.ContainsKey(v)))
            throw Codes.BadTestData.Error(directory, "there is no input_0.pb");
        return FeedSet.Of(set, graph);
    }

    private static Dictionary<string, long> Sizes(string[] dims)
    {
        var sizes = new Dictionary<string, long>();
        foreach (string dim in dims)
        {
            int at = dim.LastIndexOf('=');
            if (at <= 0 || !long.TryParse(dim.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long size))
                throw Codes.BadInput.Error(dim, "--dim takes NAME=SIZE");
            sizes[dim[..at]] = size;
        }
        return sizes;
    }
}

/// <summary>Values for a run by input name, and what is expected of it (empty where nothing is). Owns the values.</summary>
internal sealed class FeedSet(Dictionary<string, OrtValue> values, IReadOnlyList<NamedValue> expected) : IDisposable
{
    public IReadOnlyDictionary<string, OrtValue> Values { get; } = values;

    public IReadOnlyList<NamedValue> Expected { get; } = expected;

    /// <summary>The values of a test data set.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="graph">The graph that it is for, which says what empty sequences are of.</param>
    public static FeedSet Of(TestDataSet set, Graph graph)
    {
        ILookup<string, IrType> types = graph.Inputs.ToLookup(v => v.Name, v => v.Type);
        return new(set.Inputs.ToDictionary(i => i.Name, i => OrtValues.ToOrt(i.Value, types[i.Name].FirstOrDefault())), set.Outputs);
    }

    public void Dispose()
    {
        foreach (OrtValue value in Values.Values) value.Dispose();
    }
}
