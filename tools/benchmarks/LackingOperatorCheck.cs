using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>A group with an operator in its middle that the CUDA provider lacks: only this operator runs on the host.</summary>
internal static class LackingOperatorCheck
{
    private const int Width = 256;
    private const string Lacking = "Tan";

    /// <summary>The first fault; null: there is none.</summary>
    /// <param name="options">The device and its options.</param>
    public static string? Run(ModelSessionOptions options)
    {
        CompiledModel compiled = ZooModel.Compile(Products(), "all");
        using ModelSession cpu = ModelSession.Create(compiled), device = ModelSession.Create(compiled, options);
        foreach (int rows in new[] { 1, 1, 1, 64, 1, 64, 64 })
        {
            using OrtValue x = OrtValues.ToOrt(TensorData.Floats(
                [.. Enumerable.Range(0, rows * Width).Select(i => MathF.Sin(i))], rows, Width));
            var feeds = new Dictionary<string, OrtValue> { ["x"] = x };
            using RunResult expected = cpu.Run(feeds), actual = device.Run(feeds);
            if (ValueDifference.Between(OrtValues.ToData(expected.Values[0]), OrtValues.ToData(actual.Values[0]),
                new Tolerance(1e-3, 1e-4)).Fault is { } fault)
                return $"{rows} rows: {fault}";
        }
        using SessionContext context = device.CreateContext();
        string[] steps = [.. context.Report().Steps.Select(
            s => $"{s.Device}: {string.Join(' ', device.Plan.Steps[s.Index].Segment.Nodes.Select(n => device.Plan.Graph.Nodes[n].Op.Type))}")];
        Console.WriteLine($"  {string.Join("; ", steps)}");
        return steps.Contains($"cpu: {Lacking}") ? null : $"{Lacking} is not a step of the host";
    }

    /// <summary>A product, the operator, a product, over any number of rows.</summary>
    private static Model Products()
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "products" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", Width)));
        Value angle = builder.Op("Sigmoid", "angle", [builder.Op("MatMul", "first", [x, Weight(1)])]); // far from the poles
        Value y = builder.Op("Relu", "y", [builder.Op("MatMul", "second", [builder.Op(Lacking, "lacking", [angle]), Weight(2)])]);
        return new Model(builder.Build(y)) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 };

        Value Weight(int number) => builder.Constant($"w{number}",
            TensorData.Floats([.. Enumerable.Range(0, Width * Width).Select(i => MathF.Sin(i * 0.37f * number) / 16)], Width, Width));
    }
}
