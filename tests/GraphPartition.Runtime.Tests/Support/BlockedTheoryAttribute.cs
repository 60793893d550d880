namespace GraphPartition.Runtime.Tests.Support;

/// <summary>As <see cref="BlockedFactAttribute"/>, for a theory.</summary>
internal sealed class BlockedTheoryAttribute : TheoryAttribute
{
    public BlockedTheoryAttribute() => Skip = BlockedFactAttribute.WhyNot;
}
