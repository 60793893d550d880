namespace GraphPartition.EngineBuilder;

/// <summary>Keeps engines in files beside the compiled model instead of inside it, for models near the 2 GiB limit of a protobuf.</summary>
public static class EngineFiles
{
    /// <summary>The most bytes of engines that go into a model file.</summary>
    public const long MostInside = 1L << 30;

    /// <summary>Whether the engines are too large to be kept inside.</summary>
    public static bool MustBeBeside(CompiledModel compiled) =>
        compiled.AllGroups.SelectMany(g => g.Engines).Sum(e => e.Data?.ByteCount ?? 0) > MostInside;

    /// <summary>The compiled model with every engine inside it. Engines whose files are missing or damaged stay as they are.</summary>
    public static CompiledModel Inside(CompiledModel compiled)
    {
        string? root = compiled.Model.Folder;
        return compiled.WithGroups(g => g with { Engines = [.. g.Engines.Select(Read)] });

        EngineBlob Read(EngineBlob engine) => engine.Path is null || engine.Read(root, out _) is not { } bytes ? engine
            : EngineBlob.Embed(engine.Target, bytes) with { Content = engine.Content, IsTrusted = engine.IsTrusted };
    }

    /// <summary>
    /// Writes every engine that is inside to the folder <c>NAME.engines</c> beside the model, under its hash as name, and refers to it
    /// by path and hash.
    /// </summary>
    /// <param name="compiled">The compiled model.</param>
    /// <param name="modelPath">The path that the model will be written to.</param>
    /// <exception cref="EnvironmentException">A file cannot be written (GP5005).</exception>
    public static CompiledModel Write(CompiledModel compiled, string modelPath)
    {
        string folder = Path.GetFileName(modelPath) + ".engines";
        string root = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(modelPath))!, folder);
        AtomicFile.CreateFolder(root);
        return compiled.WithGroups(g => g with { Engines = [.. g.Engines.Select(Beside)] });

        EngineBlob Beside(EngineBlob engine)
        {
            if (engine.Path is not null || engine.Data is not { } data) return engine;
            string name = engine.Sha256[..32] + ".engine";
            AtomicFile.Write(Path.Combine(root, name), stream => data.CopyTo(stream));
            return EngineBlob.Beside(engine.Target, data.Bytes.Span, $"{folder}/{name}") with { Content = engine.Content };
        }
    }
}
