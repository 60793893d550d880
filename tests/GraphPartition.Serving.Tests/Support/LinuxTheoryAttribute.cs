namespace GraphPartition.Serving.Tests.Support;

/// <summary>As <see cref="LinuxFactAttribute"/>, with data.</summary>
internal sealed class LinuxTheoryAttribute : TheoryAttribute
{
    public LinuxTheoryAttribute() => Skip = LinuxFactAttribute.WhyNot;
}
