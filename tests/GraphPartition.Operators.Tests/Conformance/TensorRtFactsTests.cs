using System.Text.Json;
using GraphPartition.Foundation;
using GraphPartition.Operators.TensorRt;
using Xunit;

namespace GraphPartition.Operators.Tests.Conformance;

/// <summary>
/// The documents in tensorrt.support against NVIDIA's operator tables as collected in the shared folder, operator by operator. What
/// sources and trials change is in tensorrt.findings.
/// </summary>
public sealed class TensorRtFactsTests
{
    private const string File = "facts/trt_operators.json";

    private static readonly Dictionary<string, ElementType> Names = new()
    {
        ["FP32"] = ElementType.Float32,
        ["FP16"] = ElementType.Float16,
        ["BF16"] = ElementType.BFloat16,
        ["FP8"] = ElementType.Float8E4M3FN,
        ["FP4"] = ElementType.Float4E2M1,
        ["INT4"] = ElementType.Int4,
        ["INT8"] = ElementType.Int8,
        ["UINT8"] = ElementType.UInt8,
        ["INT32"] = ElementType.Int32,
        ["INT64"] = ElementType.Int64,
        ["BOOL"] = ElementType.Bool,
    };

    [SharedFact(File)]
    public void Every_release_has_the_operators_the_types_and_a_condition_wherever_there_is_a_restriction()
    {
        using JsonDocument facts = JsonDocument.Parse(System.IO.File.ReadAllText(Path.Combine(OutsideFolders.Shared, File)));
        List<string> differences = [];
        foreach (JsonProperty version in facts.RootElement.GetProperty("versions").EnumerateObject())
        {
            Assert.True(TensorRtTarget.TryParse(version.Name, out TensorRtTarget? target), version.Name);
            TensorRtRelease release = target.Release;
            var listed = new HashSet<string>();
            foreach (JsonElement row in version.Value.EnumerateArray())
            {
                string op = row.GetProperty("op").GetString()!;
                listed.Add(op);
                Compare(differences, release, op, row);
            }
            foreach (TensorRtOperator ours in TensorRtOperator.All(release))
                if (!listed.Contains(ours.Name) && TensorRtOperator.Documented(ours.Name, release) is not null)
                    differences.Add($"{release}: {ours.Name} is not in the facts");
        }
        Assert.True(differences.Count == 0, string.Join("\n", differences));
    }

    private static void Compare(List<string> differences, TensorRtRelease release, string op, JsonElement row)
    {
        if (TensorRtOperator.Documented(op, release) is not { } ours)
        {
            differences.Add($"{release}: {op} is missing");
            return;
        }
        bool isSupported = row.GetProperty("supported").GetBoolean();
        if (ours.IsSupported != isSupported) differences.Add($"{release}: {op} is {(isSupported ? "" : "not ")}supported");
        HashSet<ElementType> types = [.. row.GetProperty("types").EnumerateArray().SelectMany(t => t.GetString()!.Split(' '))
            .Select(t => Names[t])];
        if (types.Count > 0 && !types.SetEquals(ours.Types)) // the tables left the types of window functions blank for a while
            differences.Add($"{release}: {op} takes {string.Join(' ', types)}, the table says {string.Join(' ', ours.Types)}");
        if (isSupported && row.GetProperty("restrictions").GetString()!.Length > 0 && ours.Conditions.IsEmpty)
            differences.Add($"{release}: {op} has no condition for '{row.GetProperty("restrictions").GetString()}'");
    }
}
