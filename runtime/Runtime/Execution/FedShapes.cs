namespace GraphPartition.Runtime.Execution;

/// <summary>The dimensions of what is fed to a context; null for what is no tensor.</summary>
internal static class FedShapes
{
    /// <summary>Whether both are the same.</summary>
    public static bool Are(long[]?[] a, long[]?[] b)
    {
        if (ReferenceEquals(a, b)) return true;
        for (int i = 0; i < a.Length; i++)
            if (a[i] is null != b[i] is null || !a[i].AsSpan().SequenceEqual(b[i])) return false;
        return true;
    }
}
