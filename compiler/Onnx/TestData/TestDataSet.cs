using GraphPartition.Onnx.Reading;

namespace GraphPartition.Onnx.TestData;

/// <summary>
/// An ONNX test data set: a folder with <c>input_0.pb</c>, <c>input_1.pb</c>, ... and <c>output_0.pb</c>, ..., in the order of
/// the graph's inputs and outputs (https://github.com/onnx/onnx/blob/main/docs/OnnxBackendTest.md).
/// </summary>
/// <param name="Inputs">Inputs, by the graph's names; fewer than the graph has where the last ones have defaults.</param>
/// <param name="Outputs">Expected outputs, by the graph's names.</param>
public sealed record TestDataSet(ImmutableArray<NamedValue> Inputs, ImmutableArray<NamedValue> Outputs)
{
    /// <summary>Reads a folder. Throws <see cref="ModelException"/> where it does not fit the graph.</summary>
    public static TestDataSet Read(string directory, Graph graph)
    {
        if (!Directory.Exists(directory)) throw OnnxCodes.BadTestData.Error(directory, "there is no such directory");
        return new(Read(directory, "input", graph.Inputs), Read(directory, "output", graph.Outputs));
    }

    /// <summary>Reads one file, which holds a value of the given type; where that is unknown, the file's form decides.</summary>
    public static DataValue ReadValue(string path, IrType type) => ReadNamed(path, type).Value;

    private static ImmutableArray<NamedValue> Read(string directory, string stem, ImmutableArray<Value> values)
    {
        var read = ImmutableArray.CreateBuilder<NamedValue>();
        for (int i = 0; Path.Combine(directory, $"{stem}_{i}.pb") is var path && File.Exists(path); i++)
        {
            if (i >= values.Length) throw OnnxCodes.BadTestData.Error(path, $"the model has only {values.Length} {stem}s");
            (string name, DataValue value) = ReadNamed(path, values[i].Type);
            read.Add(new(values.Any(v => v.Name == name) ? name : values[i].Name, value));
        }
        return read.ToImmutable();
    }

    private static (string Name, DataValue Value) ReadNamed(string path, IrType type)
    {
        var decoder = new DataDecoder();
        try
        {
            return decoder.Decode(File.ReadAllBytes(path), type);
        }
        catch (Exception e) when (e is WireException or IOException or UnauthorizedAccessException)
        {
            throw new ModelException([OnnxCodes.BadTestData.At(path, e.Message), .. decoder.Faults]);
        }
    }
}
