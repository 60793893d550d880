using System.Diagnostics;
using System.Reflection;
using System.Text;
using GraphPartition.ExecutionProvider.Abi;

namespace GraphPartition.ExecutionProvider.Tests.Unit;

/// <summary>The places of functions and fields, checked against ONNX Runtime's C headers by a small program.</summary>
public sealed class SlotTests
{
    private static readonly (Type Slots, string Struct)[] Tables =
    [
        (typeof(ApiSlot), "OrtApi"), (typeof(EpApiSlot), "OrtEpApi"), (typeof(ModelEditorSlot), "OrtModelEditorApi"),
        (typeof(FactorySlot), "OrtEpFactory"), (typeof(EpSlot), "OrtEp"), (typeof(ComputeInfoSlot), "OrtNodeComputeInfo"),
        (typeof(AllocatorSlot), "OrtAllocator"), (typeof(DataTransferSlot), "OrtDataTransferImpl"), (typeof(KernelSlot), "OrtKernelImpl"),
    ];

    [MockFact]
    public void Every_slot_is_the_place_that_the_header_gives()
    {
        string headers = typeof(CustomOperatorCompiler).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(a => a.Key == "OnnxRuntimeHeaders").Value!;
        var source = new StringBuilder("#include <cstddef>\n#include <cstdio>\n#include \"onnxruntime_c_api.h\"\nint main() {\n");
        foreach ((Type slots, string table) in Tables)
            foreach (string name in Enum.GetNames(slots))
                source.AppendLine($"  printf(\"{table}.{name} %zu\\n\", offsetof({table}, {name}) / sizeof(void*));");
        source.AppendLine("  printf(\"version %d\\n\", ORT_API_VERSION);");
        source.AppendLine("  printf(\"options %zu %zu\\n\", sizeof(OrtNodeFusionOptions), offsetof(OrtNodeFusionOptions, drop_constant_initializers));");
        source.AppendLine("  printf(\"sizes %zu %zu\\n\", sizeof(OrtEp) / sizeof(void*), sizeof(OrtEpFactory) / sizeof(void*));\n}");
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("slots.cpp"), source.ToString());
        Run("g++", $"-std=c++17 -Wno-invalid-offsetof -I{headers} {folder.File("slots.cpp")} -o {folder.File("slots")}");
        string[] lines = Run(folder.File("slots"), "").Split('\n', StringSplitOptions.RemoveEmptyEntries);

        string[] expected = [.. Tables.SelectMany(t => Enum.GetNames(t.Slots).Select(n => $"{t.Struct}.{n} {(int)Enum.Parse(t.Slots, n)}"))];
        Assert.True(expected.Length > 90, $"only {expected.Length} slots were compared");
        Assert.Equal(expected, lines[..expected.Length]);
        Assert.Equal(
            [$"version {OrtHost.Newest}", "options 8 4", $"sizes {(int)EpSlot.GetEpContextDataCallbackSupport + 1} {(int)FactorySlot.SelectBestModelCandidate + 1}"],
            lines[expected.Length..]);
    }

    private static string Run(string program, string arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return output;
    }
}
