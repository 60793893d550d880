namespace GraphPartition.Cuda;

/// <summary>
/// What a device can do, for instance 9.0 for Hopper. Engines belong to one unless built as hardware compatible.
/// </summary>
/// <param name="Major">The architecture.</param>
/// <param name="Minor">Its variant.</param>
public readonly record struct ComputeCapability(int Major, int Minor)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Major}.{Minor}";
}
