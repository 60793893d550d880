namespace GraphPartition.Runtime.Options;

/// <summary>
/// Libraries of custom operators for ONNX Runtime (shared libraries that export <c>RegisterCustomOps</c>,
/// https://onnxruntime.ai/docs/reference/operators/add-custom-op.html), checked by <see cref="CustomOperatorLoader"/>. Every session gets
/// all of them.
/// </summary>
public sealed class CustomOperators
{
    internal CustomOperators(ImmutableArray<string> paths, ImmutableArray<UsedLibrary> libraries) =>
        (Paths, Libraries) = (paths, libraries);

    /// <summary>No library.</summary>
    public static CustomOperators None { get; } = new([], []);

    /// <summary>The files, as full paths.</summary>
    public ImmutableArray<string> Paths { get; }

    /// <summary>The names and hashes of the files, as compiled models remember them.</summary>
    public ImmutableArray<UsedLibrary> Libraries { get; }

    /// <summary>Whether there is no library.</summary>
    public bool IsEmpty => Paths.IsEmpty;

    /// <summary>Registers the libraries with a session. ONNX Runtime keeps them loaded as long as a session uses them.</summary>
    internal void Register(SessionOptions session)
    {
        foreach (string path in Paths) session.RegisterCustomOpLibrary(path);
    }
}
