using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators.Analysis;
using GraphPartition.Operators.Schemas;
using GraphPartition.Operators.TensorRt;
using Xunit;

namespace GraphPartition.Operators.Tests.Conformance;

/// <summary>
/// A parser ignores what is newer than its opset. For every operator and release: what the schemas added after the newest opset of the
/// release is refused, unless it has the meaning of the older form.
/// </summary>
public sealed class NewerFormTests
{
    public static TheoryData<string> Releases => [.. TensorRtTarget.Releases.Select(r => r.ShortName)];

    [Theory]
    [MemberData(nameof(Releases))]
    public void Forms_newer_than_the_opset_of_a_release_are_refused(string release)
    {
        List<string> taken = [];
        foreach ((OperatorSchema then, OperatorSchema today) in Forms(release))
        {
            foreach (SchemaAttribute attribute in today.Attributes)
            {
                SchemaAttribute? older = then.Attribute(attribute.Name);
                if (older is null && !(today.Op.Type == "Split" && attribute.Name == "num_outputs") // older forms count the outputs
                    && NewValue(attribute) is { } value)
                    Expect(today, $"{attribute.Name} = new", (attribute.Name, value));
                foreach (string text in older is null ? [] : attribute.Values.Except(older.Values))
                    if (!older!.Values.IsEmpty && !IsRenamed(today, then)) Expect(today, $"{attribute.Name} = {text}", (attribute.Name, text));
            }
            for (int i = then.Inputs.Length; i < today.Inputs.Length; i++)
                if (!today.Inputs[i].IsVariadic && then.MaxInputs <= i) Expect(today, $"input {today.Inputs[i].Name}", inputs: i + 1);
            for (int o = then.Outputs.Length; o < today.Outputs.Length; o++)
                if (then.MaxOutputs <= o) Expect(today, $"output {today.Outputs[o].Name}", outputs: o + 1);
        }
        Assert.True(taken.Count == 0, string.Join("\n", taken));

        void Expect(OperatorSchema op, string what, (string, AttributeValue)? attribute = null, int inputs = 0, int outputs = 0)
        {
            Node node = Make(op, attribute, inputs, outputs);
            if (OperatorTable.Default.SupportOf(node, Target(release)).IsYes) taken.Add($"{op.Op} {what}");
        }
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void A_newer_attribute_with_its_default_is_the_older_form(string release)
    {
        foreach ((OperatorSchema then, OperatorSchema today) in Forms(release))
            foreach (SchemaAttribute attribute in today.Attributes)
                if (attribute.Default is { } value && then.Attribute(attribute.Name) is null)
                    Assert.NotEqual("opset",
                        OperatorTable.Default.SupportOf(Make(today, (attribute.Name, value), 0, 0), Target(release)).Rule);
    }

    [Fact]
    public void Each_kind_of_news_has_its_reason()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value image = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(1, 2, 4, 4)));
        Value pads = builder.Constant("p", TensorData.Int64s(0, 0, 1, 1, 0, 0, 1, 1)),
            axes = builder.Constant("a", TensorData.Int64s(2, 3)),
            half = builder.Constant("h", TensorData.Int64s(1, 1, 1, 1)),
            computed = builder.Input("c", IrType.Tensor(ElementType.Int64, Shape.Of(1)));
        Node wrap = builder.Add("Pad", [image, pads], ["y"], AttributeMap.Of(("mode", "wrap")));
        Assert.Contains("mode = \"wrap\"", Reason(wrap, "8.6"), StringComparison.Ordinal);
        Assert.Null(Reason(builder.Add("Pad", [image, half, null, axes], ["y"]), "8.6")); // the pads of all axes say the same
        Node reduce = builder.Add("ReduceMax", [image, computed], ["y"]);
        Assert.Contains("the axes are computed", Reason(reduce, "8.6"), StringComparison.Ordinal);
        Assert.Null(Reason(builder.Add("ReduceMax", [image, axes], ["y"]), "8.6"));
        Node pool = builder.Add("AveragePool", [image], ["y"],
            AttributeMap.Of(("kernel_shape", new long[] { 2, 2 }), ("dilations", new long[] { 2, 2 })));
        Assert.Contains("dilations", Reason(pool, "8.5"), StringComparison.Ordinal);
        Node older = builder.Add("GridSample", [image, builder.Input("g", IrType.Tensor(ElementType.Float32, Shape.Of(1, 3, 3, 2)))], ["y"],
            AttributeMap.Of(("mode", "cubic")));
        Assert.Null(Reason(older, "8.5")); // the older name is bicubic

        static string? Reason(Node node, string release) => OperatorTable.Default.SupportOf(node, Target(release)).Reason;
    }

    private static TensorRtTarget Target(string release) =>
        TensorRtTarget.TryParse(release, out TensorRtTarget? target) ? target : throw new ArgumentException(release);

    /// <summary>The operators that a release takes whose form in its newest opset is not the canonical one.</summary>
    private static IEnumerable<(OperatorSchema Then, OperatorSchema Today)> Forms(string release)
    {
        TensorRtRelease target = Target(release).Release;
        foreach (TensorRtOperator op in TensorRtOperator.All(target).Where(o => o.IsSupported))
            if (OperatorSchemas.Default.Canonical(op.Name) is { } today
                && OpsetForm.Find(op.Name, TensorRtTarget.NewestOpset(target)) is { } then && !ReferenceEquals(then, today))
                yield return (then, today);
    }

    /// <summary>Modes of GridSample have other names since opset 20.</summary>
    private static bool IsRenamed(OperatorSchema today, OperatorSchema then) => today.Op.Type == "GridSample" && then.Since < 20;

    private static AttributeValue? NewValue(SchemaAttribute attribute) => attribute.Kind switch
    {
        AttributeKind.Int => attribute.Default is IntAttribute { Value: 1 } ? 0 : 1,
        AttributeKind.Float => 0.375f,
        AttributeKind.String => "new",
        AttributeKind.Ints => new long[] { 2, 3 },
        _ => null,
    };

    /// <summary>A node with the types of the schema; its ranks are those that most operators take.</summary>
    private static Node Make(OperatorSchema op, (string, AttributeValue)? attribute, int inputs, int outputs)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        var values = new Value?[Math.Max(inputs, op.MinInputs)];
        for (int i = 0; i < values.Length; i++)
        {
            ElementType element = op.Input(i)!.Types is { OnlyElement: not ElementType.Undefined and var only } ? only
                : op.Input(i)!.Types.Allows(ElementType.Float32) ? ElementType.Float32 : ElementType.Int64;
            values[i] = builder.Input($"x{i}", IrType.Tensor(element, Shape.Of(2, 4, 8, 8)));
        }
        OutputSpec[] specs = [.. Enumerable.Range(0, Math.Max(outputs, 1)).Select(o => new OutputSpec($"y{o}", values.FirstOrDefault()?.Type
            ?? IrType.Tensor(ElementType.Float32, Shape.Of(2, 4, 8, 8))))];
        return builder.Add(op.Op, values, specs, attribute is { } a ? AttributeMap.Of(a) : AttributeMap.Empty);
    }
}
