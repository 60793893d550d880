using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Primitives;
using GraphPartition.MindIr.Tests.Support;
using GraphPartition.TestModels.MindSpore;

namespace GraphPartition.MindIr.Tests.Conformance;

/// <summary>Every primitive, in all three styles, run in ONNX Runtime and compared with plain arithmetic.</summary>
public class PrimitiveTests
{
    public static TheoryData<string, MindIrStyle> Cases => Pairs.Of(PrimitiveCase.All.Select(c => c.Name), Enum.GetValues<MindIrStyle>());

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
        string[] elsewhere = // in every network of the writer, and in ControlFlowTests
            ["MakeTuple", "TupleGetItem", "Load", "Depend", "UpdateState", "Print", "Identity", "Partial", "Switch", "SwitchLayer"];
        string[] missing = [.. PrimitiveTable.Names.Except(elsewhere)
            .Where(n => !PrimitiveCase.All.Any(c => c.Name == n || c.Name.StartsWith(n + " ", StringComparison.Ordinal)))];
        Assert.Empty(missing);
    }

    internal static byte[] Write(PrimitiveCase c, MindIrStyle style)
    {
        var builder = new MindIrBuilder(style);
        string[] inputs = [.. c.Inputs.Select((x, i) => builder.Input($"x{i}", x.Element, [.. x.Dims]))];
        return builder.Build(c.Write(builder, inputs));
    }
}
