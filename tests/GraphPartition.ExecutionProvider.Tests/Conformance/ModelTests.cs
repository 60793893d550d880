using System.Text.Json;
using GraphPartition.ExecutionProvider.Tests.Support;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Runtime.Comparison;

namespace GraphPartition.ExecutionProvider.Tests.Conformance;

/// <summary>Models of other tools, in ONNX Runtime with the provider first: whole, as TensorRT would get them, and cut at random.</summary>
[Collection("host")]
public sealed class ModelTests
{
    // A bfloat16 model of ModelOpt: this ONNX Runtime has no such kernels for the processor.
    private static readonly string[] Refused = [.. OutsideFolders.Refused, "distilbert_small.mobf16"];

    public static TheoryData<string> Models => [.. Files()];

    [PluginModelTheory]
    [MemberData(nameof(Models))]
    public void A_model_gives_the_numbers_of_ONNX_Runtime(string name)
    {
        string folder = Path.Combine(OutsideFolders.SharedModels, name), path = Path.Combine(folder, "model.onnx");
        // Fusions of 8-bit and 16-bit operators round in other places, and which there are depends on the cut. Without them all is exact.
        // A detector sorts boxes of nearly equal scores, so the last bit decides.
        bool optimize = !name.StartsWith("converted/", StringComparison.Ordinal) && !name.EndsWith("/ssdlite320", StringComparison.Ordinal);
        if (Host.WhyNotPlain(path) is not null) // ONNX Runtime itself refuses the file, with the provider and without
        {
            Assert.Contains(Path.GetFileName(name), Refused);
            return;
        }
        Dictionary<string, DataValue> inputs = Inputs(path, Path.Combine(folder, "test_data_set_0"));
        DataValue[] expected = Host.RunPlain(path, inputs, optimize);
        foreach (string support in (string[])["table", "all", "random:7:0.5"])
        {
            using var plan = new TemporaryFolder();
            Host.TakeLines();
            DataValue[] actual = Host.Run(path, inputs, optimize, ("support", support), ("report", plan.File("plan.json")));
            string[] lines = Host.TakeLines();
            for (int i = 0; i < expected.Length; i++)
            {
                TensorDifference difference = ValueDifference.Between(expected[i], actual[i]);
                Assert.True(difference.Agrees || difference.SignalToNoise > DecibelsOf(name), $"{support}, output {i}: {difference}");
            }
            Assert.DoesNotContain(lines, l => l.Contains("GP5103", StringComparison.Ordinal) || l.Contains("GP5104", StringComparison.Ordinal));
            Assert.DoesNotContain(lines, l => l.StartsWith('3') && l.Contains(Host.Provider, StringComparison.Ordinal));
            using JsonDocument report = JsonDocument.Parse(File.ReadAllText(plan.File("plan.json")));
            Assert.Equal("graphpartition.plan/1", report.RootElement.GetProperty("format").GetString());
        }
    }

    /// <summary>
    /// The signal-to-noise ratio that is enough. On a CPU, ONNX Runtime computes nodes of FP16 and FP8 in float32, and rounds only where a
    /// node without such a kernel, or another provider, takes over; so a cut adds roundings.
    /// </summary>
    private static double DecibelsOf(string name) => name.EndsWith("16", StringComparison.Ordinal) ? 30
        : name.EndsWith("fp8", StringComparison.Ordinal) ? 15 : double.PositiveInfinity;

    private static Dictionary<string, DataValue> Inputs(string path, string folder)
    {
        string[] names = Host.InputNames(path);
        var inputs = new Dictionary<string, DataValue>();
        for (int i = 0; File.Exists(Path.Combine(folder, $"input_{i}.pb")); i++)
            inputs[names[i]] = TestDataSet.ReadValue(Path.Combine(folder, $"input_{i}.pb"), IrType.Unknown);
        return inputs;
    }

    private static IEnumerable<string> Files()
    {
        foreach (string kind in (string[])["exported", "real", "converted"])
            if (Path.Combine(OutsideFolders.SharedModels, kind) is var folder && Directory.Exists(folder))
                foreach (string model in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
                    if (File.Exists(Path.Combine(model, "model.onnx")) && Directory.Exists(Path.Combine(model, "test_data_set_0")))
                        yield return $"{kind}/{Path.GetFileName(model)}";
    }
}
