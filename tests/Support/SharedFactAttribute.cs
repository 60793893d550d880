namespace GraphPartition.TestSupport;

/// <summary>A fact that reads a file or folder of the shared ones; it skips where that is missing.</summary>
public sealed class SharedFactAttribute : Xunit.FactAttribute
{
    public SharedFactAttribute(string path = "models") => Skip = OutsideFolders.WhyNotShared(path);
}
