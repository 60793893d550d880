namespace GraphPartition.TestSupport;

/// <summary>A theory that reads a file or folder of the shared ones; it skips where that is missing.</summary>
public sealed class SharedTheoryAttribute : Xunit.TheoryAttribute
{
    public SharedTheoryAttribute(string path = "models") => Skip = OutsideFolders.WhyNotShared(path);
}
