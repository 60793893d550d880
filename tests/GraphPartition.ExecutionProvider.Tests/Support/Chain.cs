using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;

namespace GraphPartition.ExecutionProvider.Tests.Support;

/// <summary>A chain of operators on rows of three numbers. The mock libraries compute all of them except Softmax.</summary>
internal static class Chain
{
    /// <summary>Writes the model. Add and Mul have a constant; node i is called OP_i.</summary>
    public static string Write(string path, Shape shape, params string[] ops)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "chain" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, shape));
        for (int i = 0; i < ops.Length; i++)
        {
            Value?[] inputs = ops[i] is "Add" or "Mul" ? [x, builder.Constant($"w{i}", TensorData.Floats([0.25f + i, 1, 2], 3))] : [x];
            x = builder.Add(ops[i], inputs, [$"y{i}"], null, $"{ops[i]}_{i}").Outputs[0]!;
        }
        OnnxWriter.Write(new Model(builder.Build(x)) { Opsets = OpsetVersions.Standard(17), FormatVersion = 8 }, path);
        return path;
    }

    /// <summary>Inputs of the model.</summary>
    public static Dictionary<string, DataValue> Rows(int rows) => new()
    {
        ["x"] = new TensorValue(TensorData.Floats([.. Enumerable.Range(0, rows * 3).Select(i => (i * 7 % 11 - 5) / 4f)], rows, 3)),
    };
}
