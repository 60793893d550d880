using GraphPartition.Runtime.Ort;

namespace GraphPartition.Runtime.Tests.Unit;

/// <summary>What the process tells ONNX Runtime.</summary>
public sealed class ProcessEnvironmentTests
{
    [Theory]
    [InlineData("0\n", 1)]
    [InlineData("0-1", 2)]
    [InlineData("0-3,8,10-11\n", 7)]
    public void Lists_of_processors_are_counted(string list, int count) => Assert.Equal(count, ProcessEnvironment.CountOf(list));

    [Theory]
    [InlineData("")]
    [InlineData("all")]
    [InlineData("0-")]
    public void Other_texts_are_no_lists(string text) => Assert.Throws<FormatException>(() => ProcessEnvironment.CountOf(text));
}
