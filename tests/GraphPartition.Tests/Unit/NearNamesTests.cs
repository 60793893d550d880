using GraphPartition.Foundation;
using Xunit;

namespace GraphPartition.Tests.Unit;

/// <summary>The names that a mistyped name probably stands for.</summary>
public sealed class NearNamesTests
{
    [Theory]
    [InlineData("imput", "input state", "; the nearest name is input")]
    [InlineData("INPUT", "input", "; the nearest name is input")]
    [InlineData("relu", "/conv/Relu /head/Relu x", "; the nearest names are /conv/Relu, /head/Relu")]
    [InlineData("Relu_12", "Relu_13 Relu_1 Conv_7", "; the nearest names are Relu_1, Relu_13")]
    [InlineData("q", "batch seq", "; the nearest name is seq")]
    [InlineData("zzz", "alpha beta", "; there are only alpha, beta")]
    [InlineData("zzz", "alpha", "; there is only alpha")]
    [InlineData("zzz", "", "")]
    [InlineData("zzz", "n1 n2 n3 n4 n5 n6", "")]
    public void The_nearest_names_come_first(string name, string known, string hint) =>
        Assert.Equal(hint, NearNames.Hint(name, known.Split(' ')));

    [Fact]
    public void Long_names_cost_little()
    {
        string[] many = [.. Enumerable.Range(0, 20_000).Select(i => new string((char)('a' + i % 26), 2000))];
        Assert.Equal("", NearNames.Hint(new string('!', 2000), many));
    }
}
