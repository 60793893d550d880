using GraphPartition.Ir;
using GraphPartition.MindIr;
using GraphPartition.Tests.Support;

namespace GraphPartition.Tests.Conformance;

/// <summary>Every primitive, in all three styles, run in ONNX Runtime and compared with plain arithmetic.</summary>
public class PrimitiveTests
{
    public static TheoryData<string, MindIrStyle> Cases
    {
        get
        {
            var data = new TheoryData<string, MindIrStyle>();
            foreach (PrimitiveCase c in PrimitiveCase.All)
                foreach (MindIrStyle style in Enum.GetValues<MindIrStyle>()) data.Add(c.Name, style);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_primitive_computes_what_it_must(string name, MindIrStyle style)
    {
        PrimitiveCase c = PrimitiveCase.All.First(other => other.Name == name);
        Model model = MindIrReader.Read(Write(c, style));
        TensorData[] results = Runner.Run(model, c.Inputs);
        Assert.Equal(c.Expected.Length, results.Length);
        for (int i = 0; i < results.Length; i++) Runner.AssertClose(c.Expected[i], results[i]);
    }

    [Fact]
    public void Every_row_of_the_table_has_a_case()
    {
        string[] elsewhere = // structure, and second names of rows that have a case
        [
            "MakeTuple", "MakeList", "TupleGetItem", "ListGetItem", "Load", "Depend", "UpdateState", "Print", "ScalarSummary", "TensorSummary", "ImageSummary",
            "HistogramSummary", "Identity", "StopGradient", "stop_gradient", "TensorMove", "Partial", "Switch", "SwitchLayer", "Acos", "FastGelu", "GatherV2",
            "SparseGatherV2", "Pack", "Unpack", "Conv2DBackpropInput", "LayerNormV3", "TensorShape", "DynamicShape", "Argmin", "MaxPool3D", "AvgPool3D", "TensorScatterAdd",
            "ResizeBilinearV2", "ResizeNearestNeighborV2", "ScalarAdd", "ScalarSub", "ScalarMul", "ScalarDiv",
        ];
        string[] missing = [.. PrimitiveTable.Names.Except(elsewhere).Where(n => !PrimitiveCase.All.Any(c => c.Name == n || c.Name.StartsWith(n + " ", StringComparison.Ordinal)))];
        Assert.Empty(missing);
    }

    /// <summary>The converters that MindSpore 1.3 to 2.3 registered for its own TensorRT segments (Return is no operator there either).</summary>
    [Fact]
    public void Every_primitive_that_MindSpore_gave_to_TensorRT_has_a_row()
    {
        string[] list =
        [
            "Conv2D", "Conv2DBackpropInput", "MaxPool", "AvgPool", "Add", "Sub", "Mul", "Div", "RealDiv", "Pow", "Maximum", "Minimum", "FloorDiv",
            "Exp", "Log", "Sqrt", "Reciprocal", "Abs", "Neg", "Sin", "Cos", "Tan", "Sinh", "Cosh", "Asin", "Acos", "Atan", "Asinh", "Acosh", "Ceil", "Floor",
            "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReLU", "Sigmoid", "Tanh", "Elu", "Softsign", "ReLU6", "GeLU", "HSigmoid",
            "HSwish", "MatMul", "BatchMatMul", "BiasAdd", "BatchNorm", "LayerNorm", "Softmax", "LogSoftmax", "Reshape", "ExpandDims", "Squeeze", "Flatten",
            "Transpose", "Concat", "Slice", "Gather", "Cast",
        ];
        Assert.Equal(61, list.Length);
        Assert.Empty(list.Except(PrimitiveTable.Names));
    }

    internal static byte[] Write(PrimitiveCase c, MindIrStyle style)
    {
        var builder = new MindIrBuilder(style);
        string[] inputs = [.. c.Inputs.Select((x, i) => builder.Input($"x{i}", x.Element, [.. x.Dims]))];
        return builder.Build(c.Write(builder, inputs));
    }
}
