using Xunit;

namespace GraphPartition.Tests.TensorRt.Support;

/// <summary>A test that needs the mock libraries; skipped where no C++ compiler is there to make them.</summary>
public sealed class MockFactAttribute : FactAttribute
{
    public MockFactAttribute() => Skip = MockCompiler.WhyNot;
}

/// <summary>As <see cref="MockFactAttribute"/>, for theories.</summary>
public sealed class MockTheoryAttribute : TheoryAttribute
{
    public MockTheoryAttribute() => Skip = MockCompiler.WhyNot;
}
