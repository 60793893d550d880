using GraphPartition.CompiledModels;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;
using Xunit;
using static GraphPartition.EngineBuilder.Tests.Support.EngineLab;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>
/// Engines in CUDA graphs. The mock driver queues and captures as CUDA does; the mock TensorRT complains where a graph is launched
/// whose context was changed or ended since it was captured.
/// </summary>
public sealed class EngineGraphTests
{
    private const int Runs = 6;

    [MockTheory]
    [MockLayouts]
    public void Engines_of_static_shapes_are_recorded_on_the_second_run_and_replayed(string layout)
    {
        EngineLab lab = new(layout);
        Model model = Graphs.Chain(Shape.Of(2, 3), "Add w", "Relu", "Softmax", "Mul w");
        CompiledModel compiled = lab.Compile(model).Compiled;
        using (ModelSession session = lab.Open(compiled, EngineMode.Required))
        {
            for (int run = 0; run < Runs; run++) AssertSame(model, session, Numbers(run, 2, 3));
            // Two engines: once each in the first run; in the second once more, and once to be recorded.
            Assert.Equal(2 * 3, lab.EngineRuns);
        }
        lab.AssertClean();

        lab = new(layout);
        using (ModelSession session = lab.Open(compiled, EngineMode.Required, new() { CudaGraphs = false }))
        {
            for (int run = 0; run < Runs; run++) AssertSame(model, session, Numbers(run, 2, 3));
            Assert.Equal(2 * Runs, lab.EngineRuns);
        }
        lab.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void Every_combination_of_shapes_has_a_recording_of_its_own(string layout)
    {
        EngineLab lab = new(layout);
        (Model model, CompiledModel compiled) = lab.CompileRows();
        // Fewer kept than there are: recordings are thrown away and made again.
        using (ModelSession session = lab.Open(compiled, options: new() { ShapesKept = 3 }))
        {
            int[] rows = [1, 2, 1, 2, 1, 2, 3, 3, 3, 1, 2, 9, 9, 9, 3, 4, 4, 4, 1, 1, 1, 2, 2, 2];
            for (int run = 0; run < rows.Length; run++) AssertSame(model, session, Numbers(run, rows[run], 3));
            long launched = lab.EngineRuns;
            // 8.x needs a separate engine for each context with a profile, so nothing of it is recorded.
            int inside = rows.Count(r => r <= 4);
            if (layout.StartsWith("trt8", StringComparison.Ordinal)) Assert.Equal(2 * inside, launched);
            else Assert.True(launched < 2 * inside + 2 * 4, $"{launched} runs were enqueued for {inside}");
        }
        lab.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void Engines_that_allocate_during_a_run_are_never_recorded(string layout)
    {
        EngineLab lab = new(layout);
        Model model = Graphs.Places();
        CompiledModel compiled = lab.Compile(model).Compiled;
        using (ModelSession session = lab.Open(compiled, EngineMode.Required))
        {
            for (int run = 0; run < Runs; run++) AssertSame(model, session, Numbers(run, 2, 3));
            Assert.Equal(Runs, lab.EngineRuns);
        }
        lab.AssertClean();
    }

    [MockFact]
    public void A_context_of_the_callers_own_replays_over_its_memory()
    {
        EngineLab lab = new();
        Model model = Graphs.Chain(Shape.Of(2, 3), "Add w", "Relu", "Softmax", "Mul w");
        CompiledModel compiled = lab.Compile(model).Compiled;
        using (ModelSession session = lab.Open(compiled, EngineMode.Required))
        using (SessionContext context = session.CreateContext())
        using (OrtValue x = OrtValues.ToOrt(Numbers(0, 2, 3).Data))
        {
            for (int run = 0; run < Runs; run++)
            {
                TensorValue fed = Numbers(run, 2, 3);
                fed.Data.Bytes.Span.CopyTo(x.GetTensorMutableRawData());
                DataValue[] expected = TestRun.RunPlain(OnnxWriter.ToBytes(model), new Dictionary<string, DataValue> { ["x"] = fed });
                DataValue[] actual = [.. context.Run(new Dictionary<string, OrtValue> { ["x"] = x }).Select(OrtValues.ToData)];
                Assert.Null(TestRun.Difference(expected, actual));
            }
            Assert.Equal(2, context.Report().Recorded);
        }
        lab.AssertClean();
    }

    private static TensorValue Numbers(int seed, params long[] dims)
    {
        var random = new Random(seed);
        return new TensorValue(
            TensorData.Floats([.. Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(_ => random.Next(-4, 5) / 2f)],
                dims));
    }
}
