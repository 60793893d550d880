using GraphPartition.Foundation;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Tests.Support;
using Xunit;

namespace GraphPartition.TensorRt.Tests;

/// <summary>
/// What options become: the mock notes what arrives. Expected bits are copied from the headers of each release.
/// </summary>
public sealed class BuildOptionsTests
{
    [MockTheory]
    [InlineData("trt8_5_3", 0b1u)]
    [InlineData("trt8_6_1", 0b1u)]
    [InlineData("trt10_0_1", 0b0u)]
    [InlineData("trt10_16", 0b0u)]
    [InlineData("trt11_1", 0b1u)]
    [InlineData("rtx1_4", 0b10u)]
    [InlineData("rtx1_6", 0b1u)]
    public void Networks_are_created_with_the_flags_of_the_release(string layout, uint flags)
    {
        Mock mock = Mock.Open(layout);
        Build(mock, new BuildOptions());
        Assert.Equal(flags, mock.Value("network flags"));
        mock.AssertClean();
    }

    [MockTheory]
    [InlineData("trt8_5_3", 1u << 0 | 1u << 5 | 1u << 8)]
    [InlineData("trt8_6_1", 1u << 0 | 1u << 5 | 1u << 8)]
    [InlineData("trt10_0_1", 1u << 0 | 1u << 4 | 1u << 7)]
    [InlineData("trt10_16", 1u << 0 | 1u << 4 | 1u << 7)]
    public void Precision_flags_and_related_flags(string layout, uint flags)
    {
        Mock mock = Mock.Open(layout);
        Build(mock, new BuildOptions { Precision = Precision.Fp16, Refittable = true, SparseWeights = true, Tf32 = false });
        Assert.Equal(flags, mock.Value("flags"));
        mock.AssertClean();
    }

    [MockTheory]
    [InlineData("trt8_6_1", 1u << 7 | 1u << 15 | 1u << 16)]
    [InlineData("trt10_0_1", 1u << 6 | 1u << 13 | 1u << 14)]
    [InlineData("trt11_1", 1u << 6 | 1u << 12 | 1u << 13)]
    [InlineData("rtx1_4", 1u << 6 | 1u << 13 | 1u << 14)]
    [InlineData("rtx1_6", 1u << 6 | 1u << 12 | 1u << 13)]
    public void Compatibility_flags(string layout, uint flags)
    {
        Mock mock = Mock.Open(layout);
        Build(mock, new BuildOptions
        {
            VersionCompatible = true,
            ExcludeLeanRuntime = true,
            HardwareCompatibility = HardwareCompatibility.AmperePlus,
        });
        Assert.Equal(flags, mock.Value("flags"));
        Assert.Equal(1, mock.Value("compatibility"));
        mock.AssertClean();
    }

    [MockTheory]
    [InlineData("trt10_16", 0b10u, 1u << 4 | 1u << 6 | 1u << 19 | 1u << 21)]
    [InlineData("trt11_1", 0b1u, 1u << 4 | 1u << 6 | 1u << 18 | 1u << 20)]
    [InlineData("rtx1_6", 0b1u, 1u << 4 | 1u << 6 | 1u << 18 | 1u << 20)]
    public void Weight_flags_and_strong_types(string layout, uint network, uint flags)
    {
        Mock mock = Mock.Open(layout);
        Build(mock, new BuildOptions { Precision = Precision.AsTyped, StripWeights = true, WeightStreaming = true });
        Assert.Equal(network, mock.Value("network flags"));
        Assert.Equal(flags, mock.Value("flags"));
        mock.AssertClean();
    }

    [MockFact]
    public void Numbers_reach_the_engine_and_come_back()
    {
        Mock mock = Mock.Open("trt10_16");
        Build(mock, new BuildOptions
        {
            WorkspaceBytes = 3L << 32,
            OptimizationLevel = 4,
            MaxAuxStreams = 2,
            MaxThreads = 7,
            Profiling = ProfilingDetail.Detailed,
            HardwareCompatibility = HardwareCompatibility.SameComputeCapability,
            ModelPath = "/models/größe.onnx",
        });
        Assert.Equal(3L << 32, mock.Value("workspace"));
        Assert.Equal(4, mock.Value("level"));
        Assert.Equal(2, mock.Value("streams"));
        Assert.Equal(7, mock.Value("threads"));
        Assert.Equal(2, mock.Value("verbosity"));
        Assert.Equal(2, mock.Value("compatibility"));
        Assert.Equal(20, mock.Value("model path length"));
        mock.AssertClean();
    }

    [MockTheory]
    [InlineData("trt8_5_3", "precision bf16, precision as typed")]
    [InlineData("trt10_0_1", "")]
    [InlineData("trt11_1", "precision fp16, precision bf16")]
    [InlineData("rtx1_4", "precision fp16, precision bf16")]
    public void Precisions_that_a_release_lacks_are_named(string layout, string missing)
    {
        TensorRtRelease version = Mock.Open(layout).Load().Release;
        var found = Enum.GetValues<Precision>().SelectMany(p => new BuildOptions { Precision = p }.Check(version)).ToList();
        Assert.All(found, d => Assert.Equal(TensorRtCodes.OptionUnavailable, d.Code));
        Assert.Equal(missing, string.Join(", ", found.Select(d => d.Where)));
    }

    [Fact]
    public void All_faults_are_collected()
    {
        BuildOptions options = new()
        {
            OptimizationLevel = 3,
            VersionCompatible = true,
            HardwareCompatibility = HardwareCompatibility.AmperePlus,
            Profiles =
            [
                new ShapeProfile(new Dictionary<string, ShapeRange>
                {
                    ["a"] = new([1], [3], [2]),
                    ["b"] = new([1], [1, 2], [2]),
                    ["c"] = new ShapeRange([1, 2], [1, 2], [1, 2]),
                }),
            ],
        };
        var found = options.Check(TensorRtRelease.FromNumber(8503));
        Assert.Equal(["optimization level", "version compatible", "hardware compatibility", "a", "b"], found.Select(d => d.Where));
        Assert.Equal(["GP4009", "GP4009", "GP4009", "GP4010", "GP4010"], found.Select(d => d.Code.Id));
        Assert.Single(new BuildOptions().Check(TensorRtRelease.FromNumber(9300)));
    }

    [MockFact]
    public void Wrong_options_stop_a_build_before_it_starts()
    {
        Mock mock = Mock.Open("trt8_5_3");
        using (TrtBuilder builder = TrtBuilder.Create(mock.Load()))
        {
            Assert.Throws<ModelException>(() => builder.Build(OnnxBytes.Example().ToArray(), new BuildOptions { StripWeights = true }));
        }

        Assert.Null(mock.Value("calls:createNvOnnxParser"));
        mock.AssertClean();
    }

    private static BuiltEngine Build(Mock mock, BuildOptions options)
    {
        using TrtBuilder builder = TrtBuilder.Create(mock.Load());
        return builder.Build(OnnxBytes.Example().ToArray(), options);
    }
}
