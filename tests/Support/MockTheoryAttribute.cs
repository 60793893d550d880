using Xunit;

namespace GraphPartition.TestSupport;

/// <summary>As <see cref="MockFactAttribute"/>, for theories.</summary>
public sealed class MockTheoryAttribute : TheoryAttribute
{
    public MockTheoryAttribute() => Skip = MockCompiler.WhyNot;
}
