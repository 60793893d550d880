using Xunit;

namespace GraphPartition.TestSupport;

/// <summary>A test that needs the mock libraries; skipped where no C++ compiler is there to make them.</summary>
public sealed class MockFactAttribute : FactAttribute
{
    public MockFactAttribute() => Skip = MockCompiler.WhyNot;
}
