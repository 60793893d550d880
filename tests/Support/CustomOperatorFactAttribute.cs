using Xunit;

namespace GraphPartition.TestSupport;

/// <summary>A test that needs a library of custom operators; skipped where it cannot be compiled.</summary>
public sealed class CustomOperatorFactAttribute : FactAttribute
{
    public CustomOperatorFactAttribute() => Skip = CustomOperatorCompiler.WhyNot;
}

/// <summary>A theory that needs a library of custom operators; skipped where it cannot be compiled.</summary>
public sealed class CustomOperatorTheoryAttribute : TheoryAttribute
{
    public CustomOperatorTheoryAttribute() => Skip = CustomOperatorCompiler.WhyNot;
}
