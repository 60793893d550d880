using System.Text;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Library;
using GraphPartition.TensorRt.Tests.Support;
using Xunit;

namespace GraphPartition.TensorRt.Tests;

public sealed class ParserTests
{
    private static readonly byte[] Mixed = new OnnxBytes().Input("x", 2)
        .Node("Relu", "r", ["x"], "a")
        .Node("Cos", "n", ["a"], "b")
        .Node("Sin", "s", ["b"], "c")
        .Node("Identity", "i", ["c"], "y")
        .Output("y", 2)
        .ToArray();

    [MockTheory]
    [MockLayouts]
    public void The_parser_reports_which_nodes_it_takes(string layout)
    {
        Mock mock = Mock.Open(layout);
        using (TrtBuilder builder = TrtBuilder.Create(mock.Load()))
        {
            ParserSupport support = builder.SupportedNodes(Mixed);
            Assert.False(support.WholeModel);
            Assert.Equal(["0:True", "1 2:False", "3:True"], support.Subgraphs.Select(s => $"{string.Join(' ', s.Nodes)}:{s.IsSupported}"));
            Assert.Equal([0, 3], support.SupportedNodes().Order());
            Assert.Equal([1, 2], support.Errors.Select(e => e.NodeIndex));

            ParserSupport whole = builder.SupportedNodes(OnnxBytes.Example().ToArray());
            Assert.True(whole.WholeModel);
            Assert.Equal([0, 1, 2], whole.SupportedNodes().Order());
            Assert.Empty(whole.Errors);
        }

        mock.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void Names_the_nodes_that_it_rejects(string layout)
    {
        Mock mock = Mock.Open(layout);
        bool tellsNames = !layout.StartsWith("trt8", StringComparison.Ordinal);
        using (TrtBuilder builder = TrtBuilder.Create(mock.Load()))
        {
            var rejected = Assert.Throws<TensorRtException>(() => builder.Build(Mixed, new BuildOptions { Name = "group_7" }));
            Assert.Equal("GP4007", rejected.Diagnostic.Code.Id);
            Assert.Equal("group_7", rejected.Diagnostic.Where);
            Assert.Equal(
                new ParserError(1, tellsNames ? "n" : "", tellsNames ? "Cos"
                    : "", 8, "No importer registered for op: Cos", "importer.cpp:42 importNode"),
                rejected.ParserErrors[0]);
            Assert.Equal(2, rejected.ParserErrors.Count);

            var garbage = Assert.Throws<TensorRtException>(() => builder.Build("no model"u8, new BuildOptions()));
            Assert.Equal(-1, Assert.Single(garbage.ParserErrors).NodeIndex);
        }

        mock.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void Timings_are_kept_merged_and_refused(string layout)
    {
        Mock mock = Mock.Open(layout);
        byte[] other = new OnnxBytes().Input("x", 2).Node("Identity", "i", ["x"], "y").Output("y", 2).ToArray();
        using (TrtBuilder builder = TrtBuilder.Create(mock.Load()))
        {
            var first = builder.Build(OnnxBytes.Example().ToArray(), new BuildOptions()).TimingCache;
            var second = builder.Build(other, new BuildOptions()).TimingCache;
            Assert.Equal(["Add", "Mul", "Relu"], Known(first));
            Assert.Equal(["Identity"], Known(second));
            Assert.Equal(["Add", "Identity", "Mul", "Relu"], Known(builder.MergeTimingCaches(first, "damaged"u8.ToArray(), second)));
            Assert.Equal(["Add", "Identity", "Mul", "Relu"],
                Known(builder.Build(other, new BuildOptions { TimingCache = first }).TimingCache));

            BuiltEngine blob = builder.Build(other, new BuildOptions { TimingCache = "TIMING 1\nof another release"u8.ToArray() });
            Assert.Equal("GP4013", Assert.Single(blob.Warnings).Code.Id);
            Assert.Equal(["Identity"], Known(blob.TimingCache));

            mock.Fail("setTimingCache"); // as for a cache of another device
            BuiltEngine elsewhere = builder.Build(other, new BuildOptions { TimingCache = first });
            Assert.Equal("GP4013", Assert.Single(elsewhere.Warnings).Code.Id);
            Assert.Equal(["Identity"], Known(elsewhere.TimingCache));

            mock.Fail("createTimingCache");
            BuiltEngine without = builder.Build(other, new BuildOptions());
            Assert.True(without.TimingCache.IsEmpty);
            Assert.Empty(without.Warnings);
        }

        mock.AssertClean();
    }

    /// <summary>The operators whose timings a mock cache holds: a line each, after a first line with the release.</summary>
    private static string[] Known(ReadOnlyMemory<byte> cache)
    {
        string[] lines = Encoding.UTF8.GetString(cache.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Skip(1).Select(l => l.Split(' ')[0]).Order(StringComparer.Ordinal)];
    }
}
