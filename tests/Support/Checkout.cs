namespace GraphPartition.TestSupport;

/// <summary>The checkout that the tests run in.</summary>
public static class Checkout
{
    /// <summary>Its root.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The path of a file or folder in it.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        string? at = AppContext.BaseDirectory;
        while (at is not null && !File.Exists(Path.Combine(at, "GraphPartition.sln"))) at = Path.GetDirectoryName(at);
        return at ?? throw new InvalidOperationException("the tests must run inside the checkout");
    }
}
