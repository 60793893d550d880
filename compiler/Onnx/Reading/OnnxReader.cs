namespace GraphPartition.Onnx.Reading;

/// <summary>
/// Reads ONNX models. A file is mapped, not loaded, and weights stay views of it; external data is mapped when touched.
/// Model-local functions are expanded where they are called, except those of one domain
/// (<see cref="OnnxReadOptions.KeepFunctionsOf"/>), which become <see cref="Model.Functions"/>. Constant nodes and
/// initializers become constants. What has no meaning to a compiler is kept for the writer: documentation and metadata, denotations and
/// quantization annotations (<see cref="ValueMetadata"/>), training information (<see cref="Model.Training"/>). Dropped are names of
/// Constant nodes and of tensors in attributes, metadata of functions that are expanded and of tensors in lists and in sparse tensors;
/// and, with a warning, device configurations.
/// </summary>
public static class OnnxReader
{
    /// <summary>Reads a model file. Throws <see cref="ModelException"/> with everything that is wrong.</summary>
    public static Model Read(string path, OnnxReadOptions? options = null)
    {
        path = Path.GetFullPath(path);
        ReadOnlyMemory<byte> bytes = MappedFile.ReadModel(path, OnnxCodes.NotAModel, "weights belong into external data");
        if (bytes.IsEmpty) throw OnnxCodes.NotAModel.Error(path, "the file is empty");
        Model model = Read(bytes, path, Path.GetDirectoryName(path), options ?? new());
        return model with { Path = path };
    }

    /// <summary>Reads a model from memory, which stays in use by its weights.</summary>
    public static Model Read(ReadOnlyMemory<byte> bytes, OnnxReadOptions? options = null) =>
        Read(bytes, "", options?.Directory, options ?? new());

    private static Model Read(ReadOnlyMemory<byte> bytes, string where, string? directory, OnnxReadOptions options)
    {
        var context = new ImportContext(options, directory);
        Model? model = null;
        try
        {
            model = new ModelImporter(context).Import(bytes);
        }
        catch (WireException e)
        {
            context.Report(OnnxCodes.NotAModel, where, e.Message);
        }
        if (model is null || context.HasErrors || context.Scope.Diagnostics.Any(d => d.Code.Severity == Severity.Error))
            throw new ModelException([.. context.Scope.Diagnostics]);
        return model with { Warnings = [.. context.Scope.Diagnostics] };
    }
}
