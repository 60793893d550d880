using GraphPartition.Foundation;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Library;
using GraphPartition.TensorRt.Run;
using GraphPartition.TensorRt.Tests.Support;
using Xunit;

namespace GraphPartition.TensorRt.Tests;

public sealed class LibrarySearchTests
{
    [MockTheory]
    [MockLayouts]
    public void Finds_each_release(string layout)
    {
        Mock mock = Mock.Open(layout);
        LibrarySearch search = TensorRtLibrary.Find(mock.Where);
        Assert.NotNull(search.Library);
        Assert.Null(search.Problem);
        Assert.Equal("used", search.Attempts[^1].Outcome);
        Assert.Equal(mock.IsRtx, search.Library.Release.IsRtx);
        Assert.Equal(layout[3..].Replace('_', '.'), ShortVersion(search.Library.Release, layout));
        Assert.True(search.Library.HasParser);
        Assert.False(search.Library.IsNewerThanKnown);
        Assert.Same(search.Library, TensorRtLibrary.Find(mock.Where).Library);
    }

    [Fact]
    public void A_missing_library_is_reported()
    {
        LibrarySearch search = TensorRtLibrary.Find(new LibrarySearchOptions { Folders = ["/nowhere"], UseSystem = false });
        Assert.Null(search.Library);
        Assert.Empty(search.Attempts);
        Assert.Equal("GP4001", search.Problem?.Code.Id);
        Assert.Contains("TENSORRT_HOME", search.Problem!.ToString(), StringComparison.Ordinal);
    }

    [MockTheory]
    [InlineData(8403, "older than 8.5")]
    [InlineData(8600, "8.6.0")]
    [InlineData(9300, "9.x")]
    [InlineData(100800, "10.8.0")]
    [InlineData(120000, "unknown")]
    [InlineData(10200, "RTX")]
    [InlineData(10700, "RTX")]
    public void Refuses_releases_whose_tables_it_does_not_know(int number, string reason)
    {
        string folder = MockCompiler.VersionOnly(number, "libnvinfer.so");
        LibrarySearch search = TensorRtLibrary.Find(new LibrarySearchOptions { Folders = [folder], UseSystem = false });
        Assert.Null(search.Library);
        LibraryAttempt attempt = Assert.Single(search.Attempts);
        Assert.Contains("refused", attempt.Outcome, StringComparison.Ordinal);
        Assert.Contains(reason, attempt.Outcome + attempt.Release, StringComparison.Ordinal);
        Assert.Contains(attempt.ToString(), search.Problem!.Message, StringComparison.Ordinal);
    }

    [MockFact]
    public void Search_continues_after_a_file_that_is_not_a_library()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(Path.Combine(folder.Path, "libnvinfer.so.10"), "not a library");
        File.Copy(Path.Combine(MockCompiler.Cuda(), "libcuda.so.1"), Path.Combine(folder.Path, "libnvinfer.so.8"));
        Mock mock = Mock.Open("trt10_16");
        LibrarySearch search = TensorRtLibrary.Find(new LibrarySearchOptions { Folders = [folder.Path, mock.Folder], UseSystem = false });
        Assert.NotNull(search.Library);
        Assert.Collection(
            search.Attempts,
            broken => Assert.Contains("libnvinfer.so.10", broken.Outcome, StringComparison.Ordinal),
            other => Assert.Equal("it is not TensorRT: getInferLibVersion is missing", other.Outcome),
            good => Assert.Equal("used", good.Outcome));
    }

    [MockFact]
    public void The_home_folder_is_searched_with_and_without_lib()
    {
        Mock mock = Mock.Open("trt10_16");
        using TemporaryFolder home = new();
        File.CreateSymbolicLink(Path.Combine(home.Path, "lib"), mock.Folder);
        Assert.NotNull(TensorRtLibrary.Find(new LibrarySearchOptions { Home = home.Path, UseSystem = false }).Library);
        Assert.NotNull(TensorRtLibrary.Find(new LibrarySearchOptions { Home = mock.Folder, UseSystem = false }).Library);
    }

    [MockFact]
    public void Without_a_parser_nothing_is_built_but_engines_run()
    {
        Mock complete = Mock.Open("trt10_16");
        byte[] engine;
        using (TrtBuilder first = TrtBuilder.Create(complete.Load()))
        {
            engine = first.Build(OnnxBytes.Example().ToArray(), new BuildOptions()).Data.ToArray();
        }

        using TemporaryFolder folder = new();
        File.Copy(Path.Combine(complete.Folder, "libnvinfer.so.10"), Path.Combine(folder.Path, "libnvinfer.so.10"));
        TensorRtLibrary library = TensorRtLibrary.Find(new LibrarySearchOptions { Folders = [folder.Path], UseSystem = false }).Library!;
        Assert.False(library.HasParser);
        using TrtBuilder builder = TrtBuilder.Create(library);
        var missing = Assert.Throws<TensorRtException>(() => builder.Build(OnnxBytes.Example().ToArray(), new BuildOptions()));
        Assert.Equal("GP4003", missing.Diagnostic.Code.Id);
        using TrtRuntime runtime = TrtRuntime.Create(library);
        using TrtEngine loaded = runtime.Deserialize(engine);
        Assert.Equal(2, loaded.Tensors.Count);
    }

    [MockTheory]
    [InlineData("trt11_1", 101600)]
    [InlineData("trt10_16", 110100)]
    [InlineData("trt8_6_1", 100100)]
    [InlineData("trt10_16", 8601)]
    [InlineData("rtx1_6", 101600)]
    public void A_library_with_a_false_version_is_detected_before_use(string layout, int claims)
    {
        Mock mock = Mock.Open(layout, claims);
        LibrarySearchOptions where = mock.Where with
        {
            Rtx = false,
            Folders = [Path.Combine(mock.Folder, MockCompiler.Names(layout).Core)]
        };
        TensorRtLibrary library = TensorRtLibrary.Find(where).Library!;
        var unknown = Assert.Throws<TensorRtException>(() =>
        {
            using TrtBuilder builder = TrtBuilder.Create(library);
            builder.SupportedNodes(OnnxBytes.Example().ToArray());
        });
        Assert.Equal("GP4002", unknown.Diagnostic.Code.Id);
    }

    [MockFact]
    public void A_later_minor_release_is_tried()
    {
        Mock mock = Mock.Open("trt11_1", 110400);
        TensorRtLibrary library = mock.Load();
        Assert.True(library.IsNewerThanKnown);
        using TrtBuilder builder = TrtBuilder.Create(library);
        Assert.True(builder.SupportedNodes(OnnxBytes.Example().ToArray()).WholeModel);
    }

    private static string ShortVersion(TensorRtRelease v, string layout) =>
        layout.Count(c => c == '_') == 2 ? $"{v.Major}.{v.Minor}.{v.Patch}" : $"{v.Major}.{v.Minor}";
}
