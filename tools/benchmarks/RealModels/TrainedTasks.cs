using System.Collections.Immutable;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MixedPrecision;
using GraphPartition.MixedPrecision.Emulation;
using GraphPartition.MixedPrecision.Options;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Operators.Definitions;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks.RealModels;

/// <summary>What trained models are for, in FP32 and in 16 bits without any budget.</summary>
internal static class TrainedTasks
{
    /// <summary>The formats; null is FP32.</summary>
    public static IReadOnlyList<LowFormat?> Formats { get; } = [null, LowFormat.Fp16, LowFormat.Bf16];

    /// <summary>The text that a recognizer reads from a drawn line, by format.</summary>
    /// <param name="real">The recognizer.</param>
    /// <param name="line">The line.</param>
    public static IEnumerable<string> Read(RealModel real, string line)
    {
        Model model = real.Read();
        string[] characters = File.ReadAllLines(Path.Combine(Path.GetDirectoryName(real.Path)!, "ppocr_keys_v1.txt"));
        foreach (LowFormat? format in Formats)
            yield return LineReader.Read(First(InFormat(model, format), RealModel.Line(model.Graph, line, null)), characters).Trim();
    }

    /// <summary>How many of a hundred sentences keep their nearest neighbor, by format.</summary>
    /// <param name="real">The encoder.</param>
    /// <param name="packages">The folder of NuGet packages.</param>
    /// <param name="package">The package that has it.</param>
    public static IEnumerable<int> KeptNeighbors(RealModel real, string packages, string package)
    {
        Model model = real.Read();
        Dictionary<string, DataValue> inputs = RealModel.Text(packages, package, Sentences.All, model.Graph);
        TensorData mask = ((TensorValue)inputs["attention_mask"]).Data;
        int[]? right = null;
        foreach (LowFormat? format in Formats)
        {
            int[] neighbors = SentenceSearch.Neighbors(SentenceSearch.Vectors(First(InFormat(model, format), inputs), mask));
            right ??= neighbors;
            yield return neighbors.Where((n, i) => n == right[i]).Count();
        }
    }

    /// <summary>The emulation of a converted model; the model itself without a format.</summary>
    private static Model InFormat(Model model, LowFormat? format)
    {
        if (format is null) return model;
        OperatorTable operators = OperatorTable.Default;
        Model simple = new ModelCompiler(operators, new CompileOptions { Evaluator = new OrtConstantEvaluator() }).Simplify(model).Model;
        return Emulator.Emulate(MixedPrecisionConverter.Convert(simple, operators, new PrecisionOptions(format)).Model, operators);
    }

    /// <summary>The first output of a model.</summary>
    public static TensorData First(Model model, Dictionary<string, DataValue> inputs)
    {
        Dictionary<string, OrtValue> values = inputs.ToDictionary(i => i.Key, i => OrtValues.ToOrt(i.Value));
        try
        {
            using ISampleSession session = new OrtSampleRunner([values]).Load(OpsetExport.Lowest(model));
            return session.Run(0, [0], ImmutableDictionary<string, TensorData>.Empty)[0]!;
        }
        finally
        {
            foreach (OrtValue value in values.Values) value.Dispose();
        }
    }
}
