using System.Text;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.MindIr.Tests.Conformance;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.TestModels.MindSpore;

namespace GraphPartition.MindIr.Tests.Golden;

/// <summary>
/// The 62 converters that MindSpore 1.3 to 2.3 registered for its own TensorRT segments: what each becomes here, and from which
/// release of TensorRT on our table takes all of it. UPDATE_GOLDEN=1 rewrites the table.
/// </summary>
public class MindSporeOperatorsTests
{
    private static readonly string[] List =
    [
        "Conv2D", "Conv2DBackpropInput", "MaxPool", "AvgPool", "Add", "Sub", "Mul", "Div", "RealDiv", "Pow", "Maximum", "Minimum",
        "FloorDiv",
        "Exp", "Log", "Sqrt", "Reciprocal", "Abs", "Neg", "Sin", "Cos", "Tan", "Sinh", "Cosh", "Asin", "Acos", "Atan", "Asinh", "Acosh",
            "Ceil", "Floor",
        "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReLU", "Sigmoid", "Tanh", "Elu", "Softsign", "ReLU6", "GeLU",
            "HSigmoid",
        "HSwish", "MatMul", "BatchMatMul", "BiasAdd", "BatchNorm", "LayerNorm", "Softmax", "LogSoftmax", "Reshape", "ExpandDims", "Squeeze",
            "Flatten",
        "Transpose", "Concat", "Slice", "Gather", "Cast",
    ];

    private static string TablePath => Checkout.PathOf("compiler", "MindIr", "mindspore-operators.md");

    public static TheoryData<string> Names => [.. List];

    [Fact]
    // and Return, which is not an operator
    public void The_list_is_complete() => Assert.Equal(List.Order(StringComparer.Ordinal), MindSporeSupport.Primitives);

    [Theory]
    [MemberData(nameof(Names))]
    public void MindSpore_s_own_list_takes_the_primitive(string name)
    {
        var support = new MindSporeSupport();
        Assert.All(Nodes(name), node => Assert.Equal("yes", support.SupportOf(node, 0).ToString()));
    }

    [Fact]
    public void Our_table_takes_each_from_some_release_on_or_gives_a_reason()
    {
        var table = new StringBuilder();
        foreach (string name in List)
        {
            Node[] nodes = Nodes(name);
            TensorRtRelease[] releases = [.. TensorRtTarget.Releases.Where(r => !r.IsRtx)];
            TensorRtRelease[] taking = [.. releases.Where(
                release => nodes.All(n => OperatorTable.Default.SupportOf(n, new TensorRtTarget(release)).IsYes))];
            string answer = taking.Length > 0 ? taking[0].ToString()
                : string.Join("; ", nodes.Select(n => OperatorTable.Default.SupportOf(n, new TensorRtTarget(releases[^1])))
                    .Where(s => !s.IsYes).Select(s => s.Reason));
            if (taking.Length > 0)
                Assert.Equal(releases.SkipWhile(r => r != taking[0]), taking); // no later release drops it
            table.Append($"| {name} | {string.Join(" ", nodes.Select(n => n.Op.Type))} | {answer} |\n");
        }
        string text = $"""
            # What MindSpore gave to TensorRT

            MindSpore 1.3 to 2.3 registered 62 converters for its own TensorRT segments (mindspore/ccsrc/backend/optimizer/trt_pass): these,
            and Return, which marks the results of a segment and is not an operator. Second column: what the importer makes of the
            primitive. Third: the first release of TensorRT of which our table takes all of that, or the reason why none does. Written by
            `MindSporeOperatorsTests`. `gpc plan --support mindspore` plans by this list, with the restrictions of its converters.

            | primitive | ONNX | TensorRT from |
            | --- | --- | --- |

            """.ReplaceLineEndings("\n") + table;
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(TablePath, text);
        Assert.Equal(File.ReadAllText(TablePath), text);
    }

    [Theory]
    [InlineData("Erf", "mindspore-list")]
    [InlineData("TopK", "mindspore-list")]
    [InlineData("Conv3D", "mindspore-restriction")]
    [InlineData("FloorMod of integers", "mindspore-list")]
    [InlineData("Cast to double", "mindspore-element-type")]
    public void Operators_off_the_list_are_refused_with_a_reason(string name, string rule)
    {
        var support = new MindSporeSupport();
        Assert.Contains(Nodes(name), node => support.SupportOf(node, 0).Rule == rule);
    }

    /// <summary>The nodes that the first case of a primitive becomes.</summary>
    private static Node[] Nodes(string name)
    {
        PrimitiveCase found = PrimitiveCase.All.First(c => c.Name == name || c.Name.StartsWith(name + " ", StringComparison.Ordinal));
        return [.. MindIrReader.Read(PrimitiveTests.Write(found, MindIrStyle.B), new() { Rules = OperatorTable.Default }).Graph.Nodes];
    }
}
