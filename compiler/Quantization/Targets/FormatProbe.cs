using GraphPartition.Operators.Schemas;
using GraphPartition.Quantization.Measuring;
using GraphPartition.Quantization.Placement;
using GraphPartition.Quantization.Rewriting;

namespace GraphPartition.Quantization.Targets;

/// <summary>Whether a target has a format at all: one quantized product is planned for it, before a long calibration begins.</summary>
internal static class FormatProbe
{
    private const int Size = 32;

    /// <summary>Why the target lacks the format.</summary>
    /// <returns>Null: it has it, or the user decides what it takes.</returns>
    public static string? WhyNot(TargetCompiler compiler, QuantizationOptions options, OperatorTable operators)
    {
        var builder = new GraphBuilder(operators) { Name = "probe" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(Size, Size)));
        var weight = TensorData.Floats([.. Enumerable.Range(1, Size * Size).Select(i => (float)i)], Size, Size);
        var model = new Model(builder.Build(builder.Op("MatMul", "y", [x, builder.Constant("w", weight)])))
        {
            Opsets = OpsetVersions.Standard(OperatorSchemas.CanonicalOpset),
            SourceOpset = options.Format.Opset,
        };
        QuantizationOptions all = options with { Keep = [], SmallLayers = true };
        QuantizationPlan plan = QuantizationPlanner.Plan(model.Graph, all);
        var edits = LayerEdits.Of(plan, [true], new Setting([], []), all, n => n, _ => 0);
        return compiler.PlanByTable(QuantizedGraph.Of(model, operators, edits, [.. plan.Groups.Select(_ => 1f)], options.Format))?
            .Placements.FirstOrDefault(v => !v.IsYes) is { Reason: { } reason } ? reason : null;
    }
}
