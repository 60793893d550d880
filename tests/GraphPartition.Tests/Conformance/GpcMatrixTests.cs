using System.Text.Json;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary><c>gpc matrix</c>: a model in each release.</summary>
public sealed class GpcMatrixTests : GpcTest
{
    [Fact]
    public void Each_release_has_the_engines_of_its_plan_and_the_upgrade_that_helps()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 4)));
        Value y = builder.Op("Relu", "first", [x]);
        y = builder.Op("Swish", "swish", [y]);
        y = builder.Op("Det", "det", [builder.Op("MatMul", "square", [y, builder.Op("Transpose", "turned", [y])])]);
        string model = Save(new Model(builder.Build(builder.Op("Neg", "last", [y]))) { Opsets = OpsetVersions.Standard(24), FormatVersion = 12 });

        JsonElement[] rows = [.. Json("matrix", model, "--expand", "off").EnumerateArray()];
        Assert.Equal(KnownRelease.All.Select(k => k.Release.ToString()), rows.Select(r => r.GetProperty("release").GetString()));
        foreach (JsonElement row in rows.Where((_, i) => i % 7 == 0))
        {
            JsonElement plan = Json("plan", model, "--expand", "off", "--target", row.GetProperty("release").GetString()!);
            Assert.Equal(plan.GetProperty("engines").GetArrayLength(), row.GetProperty("engines").GetInt32());
        }
        JsonElement old = Row("TensorRT 10.16"), rtx = Row("TensorRT-RTX 1.4");
        Assert.Equal(["Det", "Swish"], Blockers(old));
        Assert.Equal(["Det"], Blockers(Row("TensorRT 11.1")));
        Assert.Equal("TensorRT 11.1", old.GetProperty("upgrade").GetProperty("release").GetString());
        Assert.Equal("TensorRT-RTX 1.5", rtx.GetProperty("upgrade").GetProperty("release").GetString());
        Assert.Equal(JsonValueKind.Null, Row("TensorRT 11.5").GetProperty("upgrade").ValueKind);

        string markdown = Ok("matrix", model, "--expand", "off", "--markdown").Output;
        Assert.StartsWith("| release | engines |", markdown, StringComparison.Ordinal);
        Assert.Contains("| rtx-1.4 | ", markdown, StringComparison.Ordinal);
        Assert.Contains("rtx-1.5: takes Swish", markdown, StringComparison.Ordinal);

        JsonElement Row(string release) => rows.Single(r => r.GetProperty("release").GetString() == release);

        static IEnumerable<string?> Blockers(JsonElement row) =>
            row.GetProperty("blockers").EnumerateArray().Select(b => b.GetProperty("op").GetString()).Order();
    }
}
