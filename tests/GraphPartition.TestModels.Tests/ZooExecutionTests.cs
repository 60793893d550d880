using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Tests;

/// <summary>Every model of the zoo runs in plain ONNX Runtime, with results that a mistake would change.</summary>
public class ZooExecutionTests
{
    public static TheoryData<string> Names => [.. ModelZoo.Entries.Select(e => e.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Results_are_as_declared_sane_and_depend_on_the_input(string name)
    {
        Model model = ModelZoo.Find(name)!.Build();
        (string Name, Shape Shape)[] declared = [.. model.Graph.Outputs.Select(o => (o.Name, o.Shape!))];
        using var session = new PlainOnnxRuntime(model);
        Dictionary<string, Result> one = session.Run(seed: 1), other = session.Run(seed: 2);
        Assert.Equal(declared.Length, one.Count);
        foreach ((string output, Shape shape) in declared)
        {
            AssertSane(shape, one[output]);
            if (one[output].IsFloat) Assert.NotEqual(one[output].Elements, other[output].Elements);
        }
    }

    /// <summary>A batch of two, given when the model runs, and not the usual sizes.</summary>
    [Theory]
    [InlineData("lenet", 44, null)]
    [InlineData("alexnet", 256, null)]
    [InlineData("resnet50", 64, null)]
    [InlineData("inception_v3", 96, null)]
    [InlineData("inception_v3_aux", 320, null)]
    [InlineData("mobilenet_v3", 96, null)]
    [InlineData("bert_small", null, 7)]
    [InlineData("wide_deep", null, null)]
    [InlineData("mixed", 64, null)]
    [InlineData("resnet50_det", 96, null)]
    [InlineData("mobilenet_v2_nonzero", 96, null)]
    [InlineData("mobilenet_v2_detector", 128, null)]
    [InlineData("wide_deep_unique", null, null)]
    [InlineData("equilibrium", 40, null)]
    public void Other_sizes_run_too(string name, int? image, int? sequence)
    {
        Model model = ModelZoo.Find(name)!.Build(new() { Batch = "batch", Image = image, Sequence = sequence });
        (string Name, Shape Shape)[] declared = [.. model.Graph.Outputs.Select(o => (o.Name, o.Shape!))];
        using var session = new PlainOnnxRuntime(model);
        Dictionary<string, Result> results = session.Run(seed: 1, open: 2);
        foreach ((string output, Shape shape) in declared) AssertSane(shape, results[output], batch: 2);
    }

    /// <summary>Layers must not mix samples: one alone has the result that it has in a batch.</summary>
    [Theory]
    [InlineData("lenet")]
    [InlineData("wide_deep_unique")]
    public void A_sample_does_not_depend_on_its_batch(string name)
    {
        Model model = ModelZoo.Find(name)!.Build(new() { Batch = "batch" });
        using var session = new PlainOnnxRuntime(model);
        float[] alone = session.Run(seed: 1, open: 1).Values.Single().Elements;
        float[] batch = session.Run(seed: 1, open: 2).Values.Single().Elements;
        for (int i = 0; i < alone.Length; i++) Assert.Equal(alone[i], batch[i], 1e-5f);
    }

    /// <summary>ONNX Runtime with its optimizations and without them: the least that any comparison has to allow.</summary>
    [Theory]
    [InlineData("resnet50")]
    [InlineData("mobilenet_v3")]
    [InlineData("bert_small")]
    [InlineData("mixed")]
    [InlineData("resnet50_det")]
    [InlineData("mobilenet_v2_nonzero")]
    [InlineData("mobilenet_v2_detector")]
    [InlineData("wide_deep_unique")]
    [InlineData("bert_base_int8")]
    [InlineData("equilibrium")]
    public void Two_right_executions_agree_within_the_tolerance(string name)
    {
        ZooEntry entry = ModelZoo.Find(name)!;
        Model model = entry.Build();
        using PlainOnnxRuntime optimized = new(model), plain = new(model, optimized: false);
        Dictionary<string, Result> expected = plain.Run(seed: 1), actual = optimized.Run(seed: 1);
        foreach ((string output, Result result) in expected)
        {
            Assert.Equal(result.Dims, actual[output].Dims);
            double difference = result.Elements.Zip(actual[output].Elements).Max(pair => Math.Abs(pair.First - pair.Second));
            Assert.InRange(difference, 0, entry.Tolerance);
        }
    }

    [Theory]
    [InlineData("mobilenet_v2_detector", "boxes")]
    [InlineData("mixed", "labels")]
    [InlineData("equilibrium", "changes")]
    public void A_data_dependent_length_differs_between_inputs(string name, string output)
    {
        using var session = new PlainOnnxRuntime(ModelZoo.Find(name)!.Build());
        int[] lengths = [.. Enumerable.Range(1, 12).Select(seed => session.Run((ulong)seed)[output].Elements.Length)];
        Assert.True(lengths.Distinct().Count() > 1, string.Join(" ", lengths));
    }

    [Fact]
    public void Results_that_are_not_sane_are_detected()
    {
        AssertSane(Shape.Of(2), new([2], [1, 2], IsFloat: true));
        foreach (Result wrong in new Result[]
        {
            new([2, 1], [1, 2], IsFloat: true),
            new([3], [1, 2, 3], IsFloat: true),
            new([2], [1, 1], IsFloat: true),
            new([2], [1, float.NaN], IsFloat: true),
            new([2], [1, float.PositiveInfinity], IsFloat: true),
            new([2], [1, 1e6f], IsFloat: true),
        })
            Assert.ThrowsAny<Exception>(() => AssertSane(Shape.Of(2), wrong));
    }

    [Fact]
    public void A_wrong_shape_declared_by_a_layer_is_detected()
    {
        var net = new NetworkBuilder("wrong", new());
        Tensor x = net.Input("x", 1, 3);
        net.Output("y", net.Op("Relu", x.Of(1, 4), [x]));
        Assert.ThrowsAny<Exception>(() => new PlainOnnxRuntime(net.Finish()));
    }

    private static void AssertSane(Shape shape, Result result, int batch = 1)
    {
        Assert.Equal(shape.Rank, result.Dims.Length);
        for (int i = 0; i < shape.Rank; i++)
        {
            if (shape[i].IsKnown) Assert.Equal(shape[i].Size, result.Dims[i]);
            if (shape[i].Symbol is not null) Assert.Equal(batch, result.Dims[i]);
        }
        Assert.NotEmpty(result.Elements);
        Assert.All(result.Elements, e => Assert.True(float.IsFinite(e)));
        if (!result.IsFloat || result.Elements.Length == 1) return;
        Assert.InRange(result.Deviation, 0.01, 200);
    }
}
