using GraphPartition.CompiledModels;
using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Runtime;
using Xunit;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>
/// Engines that read sizes: TensorRT needs them on the host and their range in the profile, 8.x in 32 bits. Here one input is brought
/// to the shape of another, whose sizes the fallback takes.
/// </summary>
public sealed class ShapeTensorTests
{
    [MockTheory]
    [MockLayouts]
    public void Sizes_are_bound_on_the_host_and_have_a_range(string layout)
    {
        EngineLab lab = new(layout);
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "sizes" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", 6)));
        Value z = builder.Input("z", IrType.Tensor(ElementType.Float32, new Shape("a", "b")));
        Value sizes = builder.Add("Shape", [z], ["sizes"], null, "shape").Outputs[0]!;
        Value relu = builder.Add("Relu", [x], ["r"], null, "relu").Outputs[0]!;
        Value reshaped = builder.Add("Reshape", [relu, sizes], ["s"], null, "reshape").Outputs[0]!;
        Model model = Graphs.Of(builder, builder.Add("Neg", [reshaped], ["y"], null, "neg").Outputs[0]!);
        ModelShapes shapes = new()
        {
            Min = ShapeSpec.Parse("x:1x6,z:2x2"),
            Opt = ShapeSpec.Parse("x:2x6,z:3x4"),
            Max = ShapeSpec.Parse("x:4x6,z:6x6")
        };
        EngineCompilation built = lab.Compile(model, options: new EngineOptions { Shapes = shapes });
        Assert.Equal("Shape", Assert.Single(built.Report.Moved).Op); // the mock does not know it
        TrtNode group = Assert.Single(built.Compiled.Cut.Groups);
        Assert.Contains("sizes", group.Segment.Inputs.Select(v => v.Name));
        Assert.Equal("built", Assert.Single(built.Report.Groups).Source);

        using (ModelSession session = lab.Open(built.Compiled))
        {
            foreach ((int n, int a, int b, bool inside) in new[] { (2, 3, 4, true), (2, 4, 3, true), (4, 6, 4, true), (2, 12, 1, false),
                (1, 2, 3, true), (2, 2, 6, true), (2, 1, 12, false) })
            {
                long before = lab.EngineRuns;
                EngineLab.AssertSame(model, session,
                    new Dictionary<string, DataValue> { ["x"] = Graphs.Floats(n, 6), ["z"] = Graphs.Floats(a, b) });
                Assert.Equal(inside ? 1 : 0, lab.EngineRuns - before);
            }
        }
        Assert.Contains("sizes", Assert.Single(lab.Warnings).Message, StringComparison.Ordinal);
        lab.AssertClean();
    }
}
