using System.Collections;
using System.Diagnostics;
using System.Globalization;
using GraphPartition.Benchmarks.RealModels;
using GraphPartition.Compiler;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Operators;
using GraphPartition.Quantization.Calibration;
using GraphPartition.Quantization.Options;
using GraphPartition.Quantization.Placement;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>What a calibration with many images costs, beside as many runs of the model in plain ONNX Runtime.</summary>
internal static class CalibrationBenchmark
{
    public static string Run(RealModel real, int count)
    {
        Model model = real.Read();
        using var images = new Images(model.Graph.Inputs[0], count);
        long start = Stopwatch.GetTimestamp();
        Model simple = new ModelCompiler(OperatorTable.Default, new CompileOptions { Evaluator = new OrtConstantEvaluator() })
            .Simplify(model).Model;
        QuantizationPlan plan = QuantizationPlanner.Plan(simple.Graph, new(QuantizationFormat.Int8));
        MagnitudeHistogram[] histograms =
            [.. Calibrator.Collect(simple, plan.Groups, new OrtSampleRunner(images), new()).Select(h => h[0])];
        double collected = Stopwatch.GetElapsedTime(start).TotalSeconds;
        foreach (CalibrationMethod method in CalibrationMethod.Candidates)
            foreach (MagnitudeHistogram histogram in histograms) Thresholds.Of(method, histogram);
        double all = Stopwatch.GetElapsedTime(start).TotalSeconds;
        long memory = Process.GetCurrentProcess().PeakWorkingSet64 >> 20;
        using var session = new InferenceSession(real.Path);
        using var options = new RunOptions();
        start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
            session.Run(options, images[i], session.OutputNames).Dispose();
        double plain = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return string.Create(CultureInfo.InvariantCulture, $"{real.Name}: calibration with {count} images {all:F1} s (histograms {collected:F1} s, "
            + $"thresholds of six methods {all - collected:F1} s), peak {memory} MB; {count} plain runs {plain:F1} s; limit {1.5 * plain + 30:F1} s");
    }

    /// <summary>Images that are made when they are needed.</summary>
    private sealed class Images(Value input, int count) : IReadOnlyList<IReadOnlyDictionary<string, OrtValue>>, IDisposable
    {
        private readonly long[] _dims = [.. input.Shape!.Select(d => d.IsKnown ? d.Size : 1)];
        private (int Index, Dictionary<string, OrtValue> Values)? _last;

        public int Count => count;

        public IReadOnlyDictionary<string, OrtValue> this[int index]
        {
            get
            {
                if (_last is { } last && last.Index == index) return last.Values;
                Dispose();
                var numbers = new float[TensorData.CountOf([.. _dims])];
                for (int i = 0; i < numbers.Length; i++)
                    numbers[i] = 127 + 60 * MathF.Sin(i * (0.003f + index * 1e-5f)) + 60 * MathF.Cos(i * 0.00071f + index);
                var values = new Dictionary<string, OrtValue> { [input.Name] = OrtValues.ToOrt(TensorData.Floats(numbers, _dims)) };
                _last = (index, values);
                return values;
            }
        }

        public IEnumerator<IReadOnlyDictionary<string, OrtValue>> GetEnumerator() =>
            Enumerable.Range(0, count).Select(i => this[i]).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public void Dispose()
        {
            if (_last is not { } last) return;
            foreach (OrtValue value in last.Values.Values) value.Dispose();
            _last = null;
        }
    }
}
