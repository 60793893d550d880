using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.MixedPrecision.Tests.Support;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;
using GraphPartition.Operators.Definitions;
using GraphPartition.Runtime.Comparison;
using Xunit;
using Xunit.Abstractions;

namespace GraphPartition.MixedPrecision.Tests.Conformance;

/// <summary>ONNX's backend tests in FP16 and BF16: valid in ONNX Runtime, with the promised structure, and near their emulation.</summary>
public sealed class BackendTests(ITestOutputHelper log)
{
    private const int Sample = 8; // every eighth model in a usual test run

    /// <summary>What ONNX Runtime's CPU computes of FP16 has fewer roundings than the emulation, so they differ by a few of them.</summary>
    private static readonly Tolerance OfRounding = new(2e-2, 2e-2);

    [BackendFact]
    public void Every_model_is_valid_in_16_bits()
    {
        int models = 0, converted = 0, nothing = 0, compared = 0;
        List<string> faults = [];
        string[] directories = [.. Directory.EnumerateDirectories(OutsideFolders.BackendTests).SelectMany(Directory.EnumerateDirectories)
            .Order(StringComparer.Ordinal)];
        for (int i = 0; i < directories.Length; i++)
        {
            string path = Path.Combine(directories[i], "model.onnx"), name = Path.GetFileName(directories[i]);
            if (!File.Exists(path) || (!Grid.IsFull && i % Sample != 0 && !name.StartsWith("test_PReLU", StringComparison.Ordinal))) continue;
            Model model;
            try
            {
                model = Conversion.Simplified(ModelFile.Read(path, OperatorTable.Default));
            }
            catch (ModelException)
            {
                continue;
            }
            if (Conversion.OrtFault(model) is not null) continue; // what ONNX Runtime refuses in FP32 it may refuse in FP16
            models++;
            foreach (LowFormat format in (ReadOnlySpan<LowFormat>)[LowFormat.Fp16, LowFormat.Bf16])
                foreach (bool io in (ReadOnlySpan<bool>)[false, true])
                {
                    try
                    {
                        Conversion conversion = Conversion.Of(model, format, io);
                        converted += conversion.Report.Converted > 0 ? 1 : 0;
                        if (conversion.Fault() is { } fault) faults.Add($"{name} {format.Name}{(io ? " io" : "")}: {fault}");
                        else if (format == LowFormat.Fp16 && !io && conversion.Report.Converted > 0
                            && Difference(conversion, directories[i], ref compared) is { } difference) faults.Add($"{name}: {difference}");
                    }
                    catch (ModelException e) when (e.Diagnostics[0].Code.Id == "GP3102")
                    {
                        nothing++;
                    }
                    catch (Exception e)
                    {
                        faults.Add($"{name} {format.Name}{(io ? " io" : "")}: {e.Message}");
                    }
                }
        }
        log.WriteLine($"{models} models, {converted} conversions with 16-bit nodes, {nothing} without FP32, {compared} compared");
        Assert.True(faults.Count == 0, $"{faults.Count} faults\n" + string.Join("\n", faults));
        Assert.True(converted > 0);
    }

    private static string? Difference(Conversion conversion, string directory, ref int compared)
    {
        string set = Path.Combine(directory, "test_data_set_0");
        if (!Directory.Exists(set)) return null;
        Dictionary<string, DataValue> inputs =
            TestDataSet.Read(set, conversion.Before.Graph).Inputs.ToDictionary(i => i.Name, i => i.Value);
        DataValue[] emulated, direct;
        try
        {
            direct = Conversion.Run(conversion.Model, inputs);
        }
        catch (Microsoft.ML.OnnxRuntime.OnnxRuntimeException)
        {
            return null; // no kernel, or no test data of the right type
        }
        emulated = Conversion.Run(conversion.Emulated, inputs);
        compared++;
        for (int i = 0; i < direct.Length; i++)
            if (ValueDifference.Between(emulated[i], direct[i], OfRounding) is { Agrees: false } difference)
                return $"output {i}: {difference.Fault}";
        return null;
    }
}
