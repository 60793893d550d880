namespace GraphPartition.Onnx.Writing;

/// <summary>
/// Writes ONNX models, in the opset of the model. Equal models give equal bytes. Values without a name, or whose
/// name another has, get one (<see cref="ValueNames"/>).
/// </summary>
public static class OnnxWriter
{
    /// <summary>The model as bytes.</summary>
    public static byte[] ToBytes(Model model, OnnxWriteOptions? options = null)
    {
        using var stream = new MemoryStream();
        Write(model, stream, options);
        return stream.ToArray();
    }

    /// <summary>Writes a model to a stream, with its weights inside or in files that are already there.</summary>
    public static void Write(Model model, Stream stream, OnnxWriteOptions? options = null)
    {
        options ??= new();
        WeightLayout layout = options.ReferTo is { } directory ? WeightLayout.InPlace(model.Graph, directory) : WeightLayout.Inside;
        var writer = new ModelWriter(model, options, layout);
        if (options.Weights == WeightPlace.Beside || writer.Size > int.MaxValue)
            throw new EnvironmentException(FileCodes.CannotWrite, "stream", "weights beside the model, or more than 2 GiB of it, need a file");
        writer.WriteTo(stream);
    }

    /// <summary>
    /// Writes a model file, and beside it one with weights where <paramref name="options"/> require it. A file appears only
    /// when it is complete. Throws <see cref="EnvironmentException"/> where it cannot be written.
    /// </summary>
    public static void Write(Model model, string path, OnnxWriteOptions? options = null)
    {
        options ??= new();
        var writer = new ModelWriter(model, options, WeightLayout.Inside);
        if (options.Weights == WeightPlace.Auto && writer.Size <= int.MaxValue)
        {
            AtomicFile.Write(path, writer.WriteTo);
            return;
        }
        string dataPath = path + ".data";
        var layout = WeightLayout.Beside(model.Graph, Path.GetFileName(dataPath));
        writer = new ModelWriter(model, options, layout);
        if (writer.Size > int.MaxValue)
            throw new EnvironmentException(FileCodes.CannotWrite, path, "the model has more than 2 GiB even without its weights");
        using var data = new AtomicFile(dataPath);
        data.Write(layout.WriteTo);
        using var file = new AtomicFile(path);
        file.Write(writer.WriteTo);
        data.Commit();
        file.Commit();
    }
}
