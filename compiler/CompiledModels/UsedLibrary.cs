using System.Security.Cryptography;

namespace GraphPartition.CompiledModels;

/// <summary>What a library brings.</summary>
public enum LibraryKind
{
    /// <summary>Operators for ONNX Runtime.</summary>
    CustomOperators,
    /// <summary>Plugins for TensorRT.</summary>
    Plugins,
}

/// <summary>
/// A library that a model was compiled with. A compiled model remembers it, so that messages can name it. The library itself is loaded
/// only if the user gives it again: a model file must not choose code that runs.
/// </summary>
/// <param name="Kind">What the library brings.</param>
/// <param name="Name">The name of the file, without its folder.</param>
/// <param name="Sha256">The hash of the file, in lower-case hexadecimal.</param>
public sealed record UsedLibrary(LibraryKind Kind, string Name, string Sha256)
{
    /// <summary>A library, from its file.</summary>
    /// <exception cref="IOException">The file cannot be read; also <see cref="UnauthorizedAccessException"/>.</exception>
    public static UsedLibrary Of(LibraryKind kind, string path)
    {
        using FileStream stream = File.OpenRead(path);
        return new(kind, Path.GetFileName(path), Convert.ToHexStringLower(SHA256.HashData(stream)));
    }

    /// <summary>Warnings about libraries that are given now and differ from those that the model was compiled with.</summary>
    /// <param name="remembered">The libraries of the compiled model.</param>
    /// <param name="given">The libraries that are loaded.</param>
    public static IEnumerable<Diagnostic> Differences(IEnumerable<UsedLibrary> remembered, IReadOnlyCollection<UsedLibrary> given)
    {
        foreach (UsedLibrary library in remembered)
            if (given.FirstOrDefault(g => g.Kind == library.Kind && g.Name == library.Name) is { } now && now.Sha256 != library.Sha256)
                yield return CompiledModelCodes.OtherLibrary.At(library.Name,
                    $"the model was compiled with a file of this name whose SHA-256 begins with {library.Sha256[..12]}; this one begins with "
                    + now.Sha256[..12]);
    }

    /// <summary>The libraries of a compiled model that are not given now.</summary>
    /// <param name="remembered">The libraries of the compiled model.</param>
    /// <param name="given">The libraries that are loaded.</param>
    public static IEnumerable<UsedLibrary> Missing(IEnumerable<UsedLibrary> remembered, IReadOnlyCollection<UsedLibrary> given) =>
        remembered.Where(r => !given.Any(g => g.Kind == r.Kind && g.Name == r.Name));
}
